// XML → tree. The document is a `<configuration>`, alone or inside the answer of a device (`<rpc-reply>`, `<data>`), as
// `show configuration | display xml` and NETCONF give it. Every error has a line and a column of the document.

import assert from "node:assert/strict";
import { elementCountMax, elementDepthMax, marksOf, noMarks, withComment } from "./element.ts";
import type { Element, Marks } from "./element.ts";
import { LineIndex } from "./line-index.ts";
import type { Loaded } from "./load.ts";
import type { ReadOptions } from "./shape-elements.ts";
import { treeOfElements } from "./shape-elements.ts";
import { Report } from "./report.ts";
import { findBinary, textLengthMax } from "./tokens.ts";
import { XmlTokens } from "./xml-tokens.ts";

/** Elements that may stand around the configuration. */
const wrappers = new Set([
  "rpc-reply",
  "rpc",
  "data",
  "config",
  "edit-config",
  "load-configuration",
  "configuration-information",
]);

/** The configuration of a document, merged into `base` when there is one. A document with a mistake leaves the base as it is. */
export function readXml(text: string, options: ReadOptions): Loaded {
  const report = new Report({ keepsUnknown: options.keepUnknown === true });
  const top =
    text.length > textLengthMax ? tooLong(text, options.source, report) : elementsOf(text, options.source, report);
  const configurations = top.flatMap(configurationsIn);
  if (report.errorCount === 0 && configurations.length === 0) {
    const place = top[0]?.span ?? { source: options.source, line: 1, column: 1, endLine: 1, endColumn: 1 };
    report.error("load.no-configuration", place, "the document holds no <configuration>", {
      hint: "give what `show configuration | display xml` prints",
    });
  }
  return treeOfElements(configurations, options, report);
}

function configurationsIn(element: Element): readonly Element[] {
  if (element.name === "configuration") return [element];
  return wrappers.has(element.name) ? element.children.flatMap(configurationsIn) : [];
}

function tooLong(text: string, source: string, report: Report): readonly Element[] {
  const start = { source, line: 1, column: 1, endLine: 1, endColumn: 1 };
  report.error("syntax.too-long", start, `the text of ${text.length} characters is too long`, {
    hint: `a configuration text has at most ${textLengthMax} characters; split it`,
  });
  return [];
}

/** The elements at the top of the document; none after a mistake, because its rest cannot be understood. */
function elementsOf(text: string, source: string, report: Report): readonly Element[] {
  const binary = findBinary(text, source);
  if (binary !== undefined) {
    report.error("syntax.binary", binary, "a character that does not belong in a text stands here", {
      hint: "load a UTF-8 text file without control characters",
    });
    return [];
  }
  const lines = new LineIndex(text, source);
  return new Builder(new XmlTokens(text, lines, report), lines, report).run();
}

/** An element whose end tag was not read yet. */
interface Open {
  readonly name: string;
  readonly marks: Marks;
  readonly first: number;
  /** Where its start tag ends. */
  readonly end: number;
  readonly children: Element[];
  text: string;
  /** The annotation that waits for the next element inside. */
  pending: Marks;
}

/** Holds the elements that are open while the document is read. */
class Builder {
  private readonly tokens: XmlTokens;
  private readonly lines: LineIndex;
  private readonly report: Report;
  /** The first one stands for the document. */
  private readonly open: Open[] = [
    { name: "", marks: noMarks, first: 0, end: 0, children: [], text: "", pending: noMarks },
  ];
  private count = 0;

  constructor(tokens: XmlTokens, lines: LineIndex, report: Report) {
    this.tokens = tokens;
    this.lines = lines;
    this.report = report;
  }

  run(): readonly Element[] {
    const { tokens } = this;
    for (tokens.next(); tokens.kind !== "end"; tokens.next()) {
      const inner = this.inner();
      if (tokens.kind === "open") this.start();
      else if (tokens.kind === "text") this.addText(inner);
      else if (this.open.length > 1 && tokens.name === inner.name) this.finish(tokens.end);
      else {
        const hint = this.open.length > 1 ? `end <${inner.name}> first: add </${inner.name}>` : "delete it";
        tokens.refuse(`</${tokens.name}> closes nothing here`, tokens.first, tokens.end, hint);
      }
    }
    const inner = this.inner();
    if (!tokens.failed && this.open.length > 1)
      tokens.refuse(`the element <${inner.name}> is not closed`, inner.first, inner.end, `add </${inner.name}>`);
    return tokens.failed ? [] : (this.open[0]?.children ?? []);
  }

  private start(): void {
    const { tokens, report } = this;
    const { name, first, end, attributes } = tokens;
    this.count += 1;
    if (this.open.length > elementDepthMax)
      return this.refuse(
        `elements are nested more than ${elementDepthMax} deep`,
        "this is no configuration of this system",
      );
    if (this.count > elementCountMax)
      return this.refuse(`there are more than ${elementCountMax} elements`, "split the document");
    if (this.open.length === 1 && this.inner().children.length > 0)
      return this.refuse("a second element stands at the top", "a document is one element");
    const marks = attributes.length === 0 ? noMarks : marksOf(attributes, report);
    this.open.push({ name, marks, first, end, children: [], text: "", pending: noMarks });
    if (tokens.empty) this.finish(end);
  }

  private addText(inner: Open): void {
    const { tokens } = this;
    if (this.open.length === 1 && tokens.text.trim() !== "")
      return this.refuse(
        "a text stands outside of the element of the document",
        "a document is one element: delete what stands before and behind it, such as the prompt of a device",
      );
    if (inner.children.length === 0) inner.text += tokens.text;
    else if (tokens.text.trim() !== "") this.refuseMixed(inner);
  }

  /** Adds the innermost element to the one around it, which its end tag, or itself being empty, has closed. */
  private finish(end: number): void {
    const element = this.open.pop();
    const parent = this.inner();
    if (element === undefined) return;
    const span = this.lines.span(element.first, end);
    if (element.name === "junos:comment") {
      parent.pending = withComment(parent.pending, element.text, span, this.report);
      return;
    }
    const { children } = element;
    if (children.length > 0 && element.text.trim() !== "") return this.refuseMixed(element);
    const comment = parent.pending.comment ?? element.marks.comment;
    const marks = comment === undefined ? element.marks : { ...element.marks, comment };
    parent.pending = noMarks;
    const text = children.length > 0 ? "" : element.text;
    parent.children.push({ name: element.name.slice(element.name.indexOf(":") + 1), text, children, marks, span });
  }

  private inner(): Open {
    const open = this.open.at(-1);
    assert(open !== undefined);
    return open;
  }

  private refuseMixed({ name, first, end }: Open): void {
    this.tokens.refuse(`<${name}> holds elements and a text`, first, end, "an element holds one of both");
  }

  private refuse(message: string, hint: string): void {
    this.tokens.refuse(message, this.tokens.first, this.tokens.end, hint);
  }
}
