// JSON → tree, from what `show configuration | display json` prints. A list is an array of objects, a flag `[null]`, a list
// of values an array; what is said about a statement stands under `"@"` inside it, or under `"@name"` beside it. An array
// of one object where one object is meant is read as well, because older releases write it so.

import { marksOf, noMarks } from "./element.ts";
import type { Element, Marks } from "./element.ts";
import type { Loaded } from "./load.ts";
import { parseJson } from "./parse-json.ts";
import type { JsonMember, JsonValue } from "./parse-json.ts";
import { Report } from "./report.ts";
import { treeOfElements } from "./shape-elements.ts";
import type { ReadOptions } from "./shape-elements.ts";
import { findBinary, textLengthMax } from "./tokens.ts";

/** The configuration of a document, merged into `base` when there is one. A malformed document leaves the base as it is. */
export function readJson(text: string, options: ReadOptions): Loaded {
  const report = new Report({ keepsUnknown: options.keepUnknown === true });
  const { source } = options;
  const start = { source, line: 1, column: 1, endLine: 1, endColumn: 1 };
  if (text.length > textLengthMax) {
    report.error("syntax.too-long", start, `the text of ${text.length} characters is too long`, {
      hint: `a configuration text has at most ${textLengthMax} characters; split it`,
    });
    return treeOfElements([], options, report);
  }
  const binary = findBinary(text, source);
  if (binary !== undefined) {
    report.error("syntax.binary", binary, "a character that does not belong in a text stands here", {
      hint: "load a UTF-8 text file without control characters",
    });
    return treeOfElements([], options, report);
  }
  const value = parseJson(text, source, report);
  if (value === undefined) return treeOfElements([], options, report);
  const top = value.kind === "object" ? new Members(report).elements(value.members) : [];
  const configurations = top.filter(({ name }) => name === "configuration");
  if (configurations.length === 0) {
    report.error("load.no-configuration", value.span, 'the document holds no "configuration"', {
      hint: "give what `show configuration | display json` prints",
    });
  }
  return treeOfElements(configurations, options, report);
}

/** Turns the members of objects into elements; what is no configuration is in the report. */
class Members {
  private readonly report: Report;

  constructor(report: Report) {
    this.report = report;
  }

  elements(members: readonly JsonMember[]): Element[] {
    const metadata = new Map<string, JsonMember>();
    for (const member of members)
      if (member.name.startsWith("@")) metadata.set(plainName(member.name.slice(1)), member);
    const elements: Element[] = [];
    for (const member of members) {
      if (member.name.startsWith("@")) continue;
      const name = plainName(member.name);
      const about = metadata.get(name);
      metadata.delete(name);
      elements.push(...this.statement(name, member.value, about?.value));
    }
    // `"@"` speaks of the object itself, and who reads the object has read it.
    metadata.delete("");
    for (const { name, span } of metadata.values()) {
      this.report.error("load.unknown-attribute", span, `"${name}" speaks of a statement that does not stand here`, {
        hint: "write it beside the statement that it is about",
      });
    }
    return elements;
  }

  /** `about` is the metadata that stands beside the statement. */
  private statement(name: string, value: JsonValue, about: JsonValue | undefined): Element[] {
    if (value.kind !== "array") return this.element(name, value, about?.kind === "array" ? about.items[0] : about);
    return value.items.flatMap((item, at) =>
      this.element(name, item, about?.kind === "array" ? about.items[at] : about),
    );
  }

  private element(name: string, value: JsonValue, about: JsonValue | undefined): [Element] | [] {
    const { span } = value;
    const marks = this.marks(about);
    switch (value.kind) {
      case "object": {
        const inside = value.members.find((member) => member.name === "@");
        const own = inside === undefined ? marks : this.marks(inside.value);
        return [{ name, text: "", children: this.elements(value.members), marks: own, span }];
      }
      case "array":
        this.report.error("schema.unexpected-list", span, `a list stands inside the list "${name}"`, {
          hint: "write its values into the list around it",
        });
        return [];
      case "string":
      case "number":
      case "boolean":
        return [{ name, text: value.text, children: [], marks, span }];
      case "null":
        return [{ name, text: "", children: [], marks, span }];
    }
  }

  private marks(about: JsonValue | undefined): Marks {
    if (about === undefined || about.kind === "null") return noMarks;
    if (about.kind === "object") {
      const attributes = about.members.flatMap(({ name, value, span }) =>
        "text" in value ? [{ name, value: value.text, span }] : this.refuse(value),
      );
      return marksOf(attributes, this.report);
    }
    this.refuse(about);
    return noMarks;
  }

  private refuse({ span }: JsonValue): [] {
    this.report.error("load.unknown-attribute", span, "an attribute has a value that is none", {
      hint: 'write "inactive": true, "protect": true or "comment": "/* text */"',
    });
    return [];
  }
}

/** Without the module that some systems write before it: `junos-conf-root:configuration`. */
function plainName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
