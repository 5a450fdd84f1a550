// What XML and JSON have in common: named elements with a text or with elements below them, and marks. Both readers make
// these from their syntax, and `shape-elements` alone says what they mean.

import type { Span } from "@merlon/model/diagnostic.ts";
import { annotationError } from "./annotation.ts";
import type { Report } from "./report.ts";

/** Elements of one document; 100,000 policies are 1.5 million. */
export const elementCountMax = 6_000_000;

/** Levels of elements: those of the configuration, and a few of the answer that holds it. */
export const elementDepthMax = 72;

export interface Element {
  /** Without prefix. */
  readonly name: string;
  /** The characters inside; empty for `<permit/>` and for an element that holds elements. */
  readonly text: string;
  readonly children: readonly Element[];
  readonly marks: Marks;
  readonly span: Span;
}

export interface Marks {
  readonly inactive: boolean;
  readonly protected: boolean;
  /** The annotation, without comment marks. */
  readonly comment?: string;
}

export const noMarks: Marks = { inactive: false, protected: false };

/** `inactive="inactive"` in XML, `"inactive": true` in JSON: the value is a word in both. */
export interface Attribute {
  readonly name: string;
  readonly value: string;
  readonly span: Span;
}

/** What the attributes say about an element; those that ask for something else than a whole configuration are errors. */
export function marksOf(attributes: readonly Attribute[], report: Report): Marks {
  let marks = noMarks;
  for (const { name, value, span } of attributes) {
    // Names and times that a device adds to its answer say nothing about the configuration.
    if (/^(?:xmlns|junos|xml)(?::|$)/.test(name)) continue;
    const on = value !== "false";
    if (name === "inactive") marks = { ...marks, inactive: on };
    else if (name === "active") marks = { ...marks, inactive: !on };
    else if (name === "protect") marks = { ...marks, protected: on };
    else if (name === "unprotect") marks = { ...marks, protected: !on };
    else if (name === "comment" || name === "annotate") marks = withComment(marks, value, span, report);
    else {
      report.error("load.unknown-attribute", span, `the attribute "${name}" is not one of a whole configuration`, {
        hint: "inactive, protect and comments are understood; what deletes, replaces or moves statements is not",
      });
    }
  }
  return marks;
}

/** The marks with one comment more; several are kept as lines. The marks of a comment may be there or not. */
export function withComment(marks: Marks, written: string, span: Span, report: Report): Marks {
  const inside = /^\s*\/\*([\s\S]*)\*\/\s*$/.exec(written)?.[1] ?? written.replace(/^\s*#+/, "");
  const text = inside.replaceAll("\r\n", "\n").trim();
  if (text === "") return marks;
  const comment = marks.comment === undefined ? text : `${marks.comment}\n${text}`;
  const error = annotationError(comment);
  if (error === undefined) return { ...marks, comment };
  report.error("edit.bad-annotation", span, error);
  return marks;
}
