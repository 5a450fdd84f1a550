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

/** What the attributes of an element say; undefined where they say nothing. */
export interface Marks {
  readonly inactive?: boolean;
  readonly protected?: boolean;
  /** The annotation, without comment marks. */
  readonly comment?: string;
  readonly change?: Change;
}

/** What happens with the statement, where it is not simply merged into what stands there. */
export interface Change {
  /** `remove` is `delete` without a warning when nothing stands there; `replace-tag` counts only in a load that replaces. */
  readonly operation?: "delete" | "remove" | "create" | "replace" | "replace-tag" | "rename";
  readonly insert?: "before" | "after" | "first" | "last";
  /** The values of other attributes: names of the entry to stand beside, or new names. */
  readonly keys: ReadonlyMap<string, string>;
  readonly span: Span;
}

export const noMarks: Marks = {};

/** `inactive="inactive"` in XML, `"inactive": true` in JSON: the value is a word in both. */
export interface Attribute {
  readonly name: string;
  readonly value: string;
  readonly span: Span;
}

const operations = new Set(["delete", "remove", "create", "replace", "merge"] as const);
const places = new Set(["before", "after", "first", "last"] as const);

function isOneOf<T extends string>(words: ReadonlySet<T>, word: string): word is T {
  return (words as ReadonlySet<string>).has(word);
}

/** What the attributes say about an element; those that nothing is known of are errors. */
export function marksOf(attributes: readonly Attribute[], report: Report): Marks {
  let marks = noMarks;
  let change: Omit<Change, "keys"> | undefined;
  const others: Attribute[] = [];
  for (const attribute of attributes) {
    const { name, value, span } = attribute;
    // Names and times that a device adds to its answer say nothing about the configuration.
    if (/^(?:xmlns|junos|xml)(?::|$)/.test(name)) continue;
    const on = value !== "false";
    const said = changeIn(attribute);
    if (name === "inactive") marks = { ...marks, inactive: on };
    else if (name === "active") marks = { ...marks, inactive: !on };
    else if (name === "protect") marks = { ...marks, protected: on };
    else if (name === "unprotect") marks = { ...marks, protected: !on };
    else if (name === "comment" || name === "annotate") marks = withComment(marks, value, span, report);
    else if (said !== undefined) change = { span, ...change, ...said };
    else others.push(attribute);
  }
  if (change === undefined) return refuseOthers(others, marks, report);
  const keys = new Map(others.flatMap(({ name, value }) => keysIn(localName(name), value)));
  return { ...marks, change: { ...change, keys } };
}

function refuseOthers(others: readonly Attribute[], marks: Marks, report: Report): Marks {
  for (const { name, span } of others) {
    report.error("load.unknown-attribute", span, `the attribute "${name}" is not one of a configuration`, {
      hint: "inactive, active, protect, unprotect, comment, operation, delete, replace, rename and insert are understood",
    });
  }
  return marks;
}

/** Attributes of NETCONF may have a prefix: `nc:operation="delete"`, `yang:insert="first"`. */
function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function changeIn({ name, value }: Attribute): Partial<Change> | undefined {
  const local = localName(name);
  if (local === "operation" && isOneOf(operations, value)) return value === "merge" ? {} : { operation: value };
  if (local === "insert" && isOneOf(places, value)) return { insert: value };
  if (name === "delete" && value !== "false") return { operation: "delete" };
  if (name === "replace" && value !== "false") return { operation: "replace-tag" };
  if (name === "rename" && value !== "false") return { operation: "rename" };
  if (name === "merge" || name === "create") return name === "create" ? { operation: "create" } : {};
  return undefined;
}

/** `name="web"`, or the way of NETCONF, `key="[name='web']"`. */
function keysIn(name: string, value: string): [string, string][] {
  if (name !== "key") return [[name, value]];
  const found = [...value.matchAll(/\[\s*(?:[\w-]+:)?([\w-]+)\s*=\s*(?:'([^']*)'|"([^"]*)")\s*\]/g)];
  return found.length === 0
    ? [[name, value]]
    : found.map(([, key = "", single, double]) => [key, single ?? double ?? ""]);
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
