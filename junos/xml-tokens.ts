// The tokenizer of XML documents: start tags with their attributes, end tags and text. Strict, because a document comes
// from a program and not from fingers: the first mistake ends the reading. What configuration needs of XML 1.0 is here and
// nothing else: no document type, no entities but the five, no processing instructions but the declaration.

import { shownWord } from "@merlon/model/shown-word.ts";
import type { Attribute } from "./element.ts";
import type { LineIndex } from "./line-index.ts";
import { Malformed } from "./malformed.ts";
import type { Report } from "./report.ts";

const attributeCountMax = 64;

export type XmlTokenKind = "open" | "close" | "text" | "end";

const nameAt = /[\p{L}_][\p{L}\p{N}\p{M}._\-·]*(?::[\p{L}_][\p{L}\p{N}\p{M}._\-·]*)?/uy;
const blanksAt = /[ \t\r\n]*/y;
const referenceOrMark = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));|[&<]/g;
const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

export class XmlTokens {
  kind: XmlTokenKind = "end";
  /** The name of a tag, with its prefix. */
  name = "";
  attributes: readonly Attribute[] = [];
  /** A tag such as `<permit/>`: no end tag follows. */
  empty = false;
  /** The characters of a text, references resolved. */
  text = "";
  /** A mistake was found and reported; the reading ends with it. */
  failed = false;
  /** The offsets of the token. */
  first = 0;
  end = 0;
  private readonly input: string;
  private readonly lines: LineIndex;
  private readonly report: Report;

  /** The caller calls `next` for the first token. */
  constructor(input: string, lines: LineIndex, report: Report) {
    this.input = input;
    this.lines = lines;
    this.report = report;
    if (input.charCodeAt(0) === 0xfeff) this.end = 1;
    // The declaration may stand at the very start alone.
    const declaration = /^<\?xml\s[^>?]*\?>/.exec(input.slice(this.end, this.end + 200));
    if (declaration !== null) this.end += declaration[0].length;
  }

  next(): void {
    if (this.failed) {
      this.kind = "end";
      return;
    }
    try {
      this.read();
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.refuse(error.message, error.first, error.end, error.hint);
    }
  }

  /** Reports what the reader of the tokens found wrong, and ends the reading. */
  refuse(message: string, first: number, end: number, hint: string): void {
    this.report.error("syntax.xml", this.lines.span(first, end), message, { hint });
    this.failed = true;
    this.kind = "end";
    this.end = this.input.length;
  }

  private read(): void {
    const { input } = this;
    for (;;) {
      this.first = this.end;
      if (this.first >= input.length) {
        this.kind = "end";
        return;
      }
      if (input.charCodeAt(this.first) !== 0x3c) return this.readText();
      const after = input.charCodeAt(this.first + 1);
      if (after === 0x2f) return this.readClose();
      if (after !== 0x21 && after !== 0x3f) return this.readOpen();
      if (input.startsWith("<![CDATA[", this.first)) return this.readCdata();
      this.skipComment();
    }
  }

  private skipComment(): void {
    const { input, first } = this;
    if (!input.startsWith("<!--", first)) {
      const what = input.startsWith("<?", first) ? "a processing instruction" : "a document type";
      throw new Malformed(`${what} is not understood`, first, first + 2, "leave it out of the document");
    }
    const close = input.indexOf("-->", first + 4);
    if (close < 0)
      throw new Malformed("the comment that starts here is not closed", first, first + 4, "end it with -->");
    this.end = close + 3;
  }

  private readCdata(): void {
    const start = this.first + "<![CDATA[".length;
    const close = this.input.indexOf("]]>", start);
    if (close < 0)
      throw new Malformed("the CDATA section that starts here is not closed", this.first, start, "end it with ]]>");
    this.kind = "text";
    this.text = withLineEnds(this.input.slice(start, close));
    this.end = close + 3;
  }

  private readText(): void {
    const mark = this.input.indexOf("<", this.first);
    this.end = mark < 0 ? this.input.length : mark;
    this.kind = "text";
    this.text = this.resolved(this.first, this.end);
  }

  private readClose(): void {
    this.kind = "close";
    this.end = this.first + 2;
    this.name = this.readName("a name after </");
    this.skipBlanks();
    this.expect(">", "the end tag is not closed", "end it with >");
  }

  private readOpen(): void {
    this.kind = "open";
    this.end = this.first + 1;
    this.name = this.readName("a name after <");
    this.attributes = none;
    for (;;) {
      const blanks = this.skipBlanks();
      const code = this.input.charCodeAt(this.end);
      this.empty = code === 0x2f;
      if (code === 0x2f) {
        this.end += 1;
        return this.expect(">", "a / stands here without a >", "end the tag with />");
      }
      if (code === 0x3e) {
        this.end += 1;
        return;
      }
      if (blanks === 0) {
        const hint = "end the tag with >; between attributes stand blanks; write &lt; for the character <";
        throw new Malformed(`the tag <${this.name} is not closed`, this.first, this.end, hint);
      }
      this.attributes = [...this.attributes, this.readAttribute()];
      if (this.attributes.length > attributeCountMax)
        throw new Malformed(
          `a tag has more than ${attributeCountMax} attributes`,
          this.first,
          this.end,
          "leave some out",
        );
    }
  }

  private readAttribute(): Attribute {
    const first = this.end;
    const name = this.readName(`an attribute or > in the tag <${this.name}`);
    this.skipBlanks();
    this.expect("=", `the attribute ${name} has no value`, 'write name="value"');
    this.skipBlanks();
    const quote = this.input.charAt(this.end);
    const close = quote === '"' || quote === "'" ? this.input.indexOf(quote, this.end + 1) : -1;
    if (close < 0)
      throw new Malformed(
        `the value of the attribute ${name} is not between quotes`,
        first,
        this.end,
        'write name="value"',
      );
    const value = this.resolved(this.end + 1, close);
    this.end = close + 1;
    const span = this.lines.span(first, this.end);
    if (this.attributes.some((other) => other.name === name))
      throw new Malformed(`the attribute ${name} stands twice in this tag`, first, this.end, "leave one of them out");
    return { name, value, span };
  }

  private readName(wanted: string): string {
    nameAt.lastIndex = this.end;
    const name = nameAt.exec(this.input)?.[0];
    if (name === undefined) {
      const hint = "write &lt; for the character < in a text";
      throw new Malformed(`${wanted} is missing`, this.end, this.end + 1, hint);
    }
    this.end += name.length;
    return name;
  }

  private skipBlanks(): number {
    blanksAt.lastIndex = this.end;
    const { length } = blanksAt.exec(this.input)?.[0] ?? "";
    this.end += length;
    return length;
  }

  private expect(mark: string, message: string, hint: string): void {
    if (this.input.charAt(this.end) !== mark) throw new Malformed(message, this.first, this.end + 1, hint);
    this.end += 1;
  }

  /** The characters between two offsets with their references resolved. */
  private resolved(first: number, end: number): string {
    const raw = withLineEnds(this.input.slice(first, end));
    if (!raw.includes("&") && !raw.includes("<")) return raw;
    return raw.replaceAll(referenceOrMark, (found, name?: string, decimal?: string, hex?: string) => {
      if (name !== undefined) return named[name] ?? "";
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      if (found.length > 1 && isCharacter(code)) return String.fromCodePoint(code);
      const hint = "write &amp; &lt; &gt; for the characters & < >, and others as they are";
      throw new Malformed(`the reference ${shownWord(found)} means no character`, first, end, hint);
    });
  }
}

const none: readonly Attribute[] = [];

/** A line end is one line feed, however it is written (XML 1.0, 2.11). */
function withLineEnds(text: string): string {
  return text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
}

/** A character that a document may hold (XML 1.0, 2.2). */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}
