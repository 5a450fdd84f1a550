// JSON text → values with their places, by RFC 8259 and nothing beyond it. `JSON.parse` gives no places, loses the digits
// of large numbers, and takes the last of two members with one name; a configuration needs all three right.

import { shownWord } from "@merlon/model/shown-word.ts";
import type { Span } from "@merlon/model/diagnostic.ts";
import { elementCountMax, elementDepthMax } from "./element.ts";
import { LineIndex } from "./line-index.ts";
import { Malformed } from "./malformed.ts";
import type { Report } from "./report.ts";

export type JsonValue =
  | { readonly kind: "object"; readonly members: readonly JsonMember[]; readonly span: Span }
  | { readonly kind: "array"; readonly items: readonly JsonValue[]; readonly span: Span }
  /** A string, or a number or `true` as it is written. */
  | { readonly kind: "string" | "number" | "boolean"; readonly text: string; readonly span: Span }
  | { readonly kind: "null"; readonly span: Span };

export interface JsonMember {
  readonly name: string;
  readonly value: JsonValue;
  /** From the name to the end of the value. */
  readonly span: Span;
}

/** An array of objects is two levels of JSON and one of the configuration. */
const depthMax = 2 * elementDepthMax;

const blanksAt = /[ \t\r\n]*/y;
const numberAt = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const wordAt = /[A-Za-z]+/y;
/** The characters of a string up to its end or to one that needs a closer look. */
// oxlint-disable-next-line no-control-regex
const plainAt = /[^"\\\u0000-\u001f]*/y;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** The value of a whole text; undefined, with one error in the report, when it is not well formed. */
export function parseJson(text: string, source: string, report: Report): JsonValue | undefined {
  const parser = new JsonParser(text, source);
  try {
    return parser.whole();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    report.error("syntax.json", parser.span(error.first, error.end), error.message, { hint: error.hint });
    return undefined;
  }
}

/** Holds the place in the text while it is read. */
class JsonParser {
  private readonly input: string;
  private readonly lines: LineIndex;
  private at = 0;
  private depth = 0;
  private count = 0;

  constructor(input: string, source: string) {
    this.input = input;
    this.lines = new LineIndex(input, source);
    if (input.charCodeAt(0) === 0xfeff) this.at = 1;
  }

  span(first: number, end: number): Span {
    return this.lines.span(first, end);
  }

  whole(): JsonValue {
    this.skipBlanks();
    const value = this.value();
    this.skipBlanks();
    if (this.at < this.input.length)
      throw this.malformed("something follows the value", "a document is one object: delete what follows it");
    return value;
  }

  private value(): JsonValue {
    this.count += 1;
    if (this.count > elementCountMax)
      throw this.malformed(`there are more than ${elementCountMax} values`, "split the document");
    const first = this.at;
    switch (this.input.charAt(first)) {
      case "{":
        return this.object();
      case "[":
        return this.array();
      case '"': {
        const text = this.string();
        return { kind: "string", text, span: this.span(first, this.at) };
      }
      default:
        return this.scalar();
    }
  }

  private scalar(): JsonValue {
    const first = this.at;
    const number = this.match(numberAt);
    if (number !== "") return { kind: "number", text: number, span: this.span(first, this.at) };
    const word = this.match(wordAt);
    if (word === "null") return { kind: "null", span: this.span(first, this.at) };
    if (word === "true" || word === "false") return { kind: "boolean", text: word, span: this.span(first, this.at) };
    this.at = first;
    if (word !== "")
      throw this.malformed(`${shownWord(word)} is no value`, "put a text between quotes", first + word.length);
    throw this.malformed("a value is missing", "write a text between quotes, a number, [ … ] or { … }");
  }

  private object(): JsonValue {
    const first = this.enter();
    const members: JsonMember[] = [];
    const names = new Set<string>();
    this.skipBlanks();
    for (let more = !this.skip("}"); more; more = this.goesOn("}", "member")) {
      this.skipBlanks();
      const start = this.at;
      if (this.input.charAt(start) !== '"')
        throw this.malformed("the name of a member is missing", 'write "name": value');
      const name = this.string();
      if (names.has(name))
        throw this.malformed(`${shownWord(name)} stands twice in this object`, "leave one of them out", this.at, start);
      names.add(name);
      this.skipBlanks();
      if (!this.skip(":")) throw this.malformed(`a ":" is missing after ${shownWord(name)}`, 'write "name": value');
      this.skipBlanks();
      const value = this.value();
      members.push({ name, value, span: this.span(start, this.at) });
    }
    this.depth -= 1;
    return { kind: "object", members, span: this.span(first, this.at) };
  }

  private array(): JsonValue {
    const first = this.enter();
    const items: JsonValue[] = [];
    this.skipBlanks();
    for (let more = !this.skip("]"); more; more = this.goesOn("]", "value")) {
      this.skipBlanks();
      items.push(this.value());
    }
    this.depth -= 1;
    return { kind: "array", items, span: this.span(first, this.at) };
  }

  private enter(): number {
    const first = this.at;
    this.depth += 1;
    if (this.depth > depthMax)
      throw this.malformed(`values are nested more than ${depthMax} deep`, "this is no configuration of this system");
    this.at += 1;
    return first;
  }

  /** After a member or item: true when a comma says that one more follows. */
  private goesOn(close: string, what: string): boolean {
    this.skipBlanks();
    if (this.skip(close)) return false;
    if (this.skip(",")) return true;
    throw this.malformed(`"," or "${close}" is missing here`, `write a comma between one ${what} and the next`);
  }

  private string(): string {
    const first = this.at;
    this.at += 1;
    let text = this.match(plainAt);
    for (;;) {
      const mark = this.input.charAt(this.at);
      if (mark === '"') break;
      if (mark !== "\\") {
        const message =
          mark === ""
            ? "the string that starts here is not closed"
            : "a line end or control character stands in a string";
        throw this.malformed(message, 'end the string with "; write \\n for a line end', first + 1, first);
      }
      text += this.escape() + this.match(plainAt);
    }
    this.at += 1;
    if (!text.isWellFormed())
      throw this.malformed(
        "half of a character stands in this string",
        "write both halves of the pair",
        this.at,
        first,
      );
    return text;
  }

  private escape(): string {
    const first = this.at;
    const letter = this.input.charAt(first + 1);
    const known = escapes[letter];
    if (known !== undefined) {
      this.at += 2;
      return known;
    }
    const digits = letter === "u" ? this.input.slice(first + 2, first + 6) : "";
    if (!/^[0-9A-Fa-f]{4}$/.test(digits))
      throw this.malformed("this escape means no character", 'write \\\\ for a backslash, \\" for a quote', first + 2);
    this.at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.input)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  private skip(mark: string): boolean {
    if (this.input.charAt(this.at) !== mark) return false;
    this.at += 1;
    return true;
  }

  private skipBlanks(): void {
    this.match(blanksAt);
  }

  private malformed(message: string, hint: string, end = this.at + 1, first = this.at): Malformed {
    return new Malformed(message, first, end, hint);
  }
}
