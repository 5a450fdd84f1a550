// XML text → elements, for messages from somebody else's program: strict, and bounded before it is believed. A document
// type is refused whole, so no entity can be declared and none can grow. Prefixes are dropped as the original does: what
// an element means is its local name. A configuration inside a message is not taken apart here but kept as the text that
// it is: the readers of the language have places for their messages, and read it once.

import { SaxesParser } from "saxes";
import type { SaxesTagPlain } from "saxes";

/** Levels of elements, beside those of a configuration that is kept as text. */
export const elementDepthMax = 100;
export const attributeCountMax = 64;
/** Elements of one message that are taken apart. */
export const elementCountMax = 200_000;

export interface ParsedElement {
  /** Without prefix. */
  readonly name: string;
  /** By their names as written, with prefix. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The characters directly inside, with blanks; what stands between elements too. */
  readonly text: string;
  readonly children: readonly ParsedElement[];
  /** The text of the whole element as it was written, of those that were asked for. */
  readonly source?: string;
  /** Of those: there are elements inside. */
  readonly holdsElements?: true;
}

/** The text is no document that can be understood; the message is one sentence. */
export class MalformedXml extends Error {
  override readonly name = "MalformedXml";
}

export interface ParseOptions {
  /** Inside elements of these names, what stands there is kept as text (`source`) and has no children. */
  readonly keepTextWithin?: ReadonlySet<string>;
}

type Options = { readonly xmlns: false; readonly position: true };

const noNames: ReadonlySet<string> = new Set();

/** The element of the document. Throws `MalformedXml`. */
export function parseXml(text: string, { keepTextWithin = noNames }: ParseOptions = {}): ParsedElement {
  const parser = new SaxesParser<Options>({ xmlns: false, position: true });
  const builder = new Builder(text, () => parser.position, keepTextWithin);
  parser.on("error", (error) => {
    throw new MalformedXml(`the message is not well-formed XML: ${error.message}`);
  });
  parser.on("doctype", () => {
    throw new MalformedXml("a document type is not accepted in a message");
  });
  parser.on("processinginstruction", () => {
    throw new MalformedXml("a processing instruction is not accepted in a message");
  });
  parser.on("opentag", (tag) => builder.open(tag));
  parser.on("closetag", () => builder.close());
  parser.on("text", (part) => builder.addText(part));
  parser.on("cdata", (part) => builder.addText(part));
  parser.write(text);
  parser.close();
  const { top } = builder;
  if (top === undefined) throw new MalformedXml("the message holds no element");
  return top;
}

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: ParsedElement[];
  readonly first: number;
  /** It is kept as text, or lies inside of one that is. */
  readonly kept: boolean;
  text: string;
  holdsElements: boolean;
}

class Builder {
  top: ParsedElement | undefined;
  readonly #text: string;
  readonly #position: () => number;
  readonly #keepTextWithin: ReadonlySet<string>;
  readonly #open: Open[] = [];
  #count = 0;
  /** How deep the reading is inside an element that is kept as text. */
  #depthKept = 0;

  constructor(text: string, position: () => number, keepTextWithin: ReadonlySet<string>) {
    this.#text = text;
    this.#position = position;
    this.#keepTextWithin = keepTextWithin;
  }

  open(tag: SaxesTagPlain): void {
    if (Object.keys(tag.attributes).length > attributeCountMax)
      throw new MalformedXml(`an element has more than ${attributeCountMax} attributes`);
    if (this.#open.length + this.#depthKept >= elementDepthMax)
      throw new MalformedXml(`elements are nested more than ${elementDepthMax} deep`);
    if (this.#depthKept > 0) {
      this.#depthKept += 1;
      const inner = this.#open.at(-1);
      if (inner !== undefined) inner.holdsElements = true;
      return;
    }
    this.#count += 1;
    if (this.#count > elementCountMax) throw new MalformedXml(`there are more than ${elementCountMax} elements`);
    const kept = this.#keepTextWithin.has(this.#open.at(-1)?.name ?? "");
    if (kept) this.#depthKept = 1;
    // No `<` can stand inside a tag, so the last one before its end is where it begins.
    const first = this.#text.lastIndexOf("<", this.#position() - 1);
    const { attributes } = tag;
    this.#open.push({
      name: localName(tag.name),
      attributes,
      children: [],
      first,
      kept,
      text: "",
      holdsElements: false,
    });
  }

  close(): void {
    if (this.#depthKept > 1) {
      this.#depthKept -= 1;
      return;
    }
    this.#depthKept = 0;
    const { first, kept, holdsElements, ...element } = this.#open.pop() ?? nothingOpen();
    const source = this.#text.slice(first, this.#position());
    const done = kept ? { ...element, source, ...(holdsElements && { holdsElements }) } : element;
    const parent = this.#open.at(-1);
    if (parent === undefined) this.top = done;
    else parent.children.push(done);
  }

  addText(part: string): void {
    const inner = this.#open.at(-1);
    // Of what is kept as text, the characters of the outermost element are a value; those further in are in the source.
    if (inner !== undefined && this.#depthKept <= 1) inner.text += part;
  }
}

function nothingOpen(): never {
  throw new MalformedXml("an end tag closes nothing");
}

export function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** The first child of that name. */
export function childOf(element: ParsedElement, name: string): ParsedElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** The text of a child without the blanks around it; undefined when there is none of that name. */
export function textOf(element: ParsedElement, name: string): string | undefined {
  return childOf(element, name)?.text.trim();
}
