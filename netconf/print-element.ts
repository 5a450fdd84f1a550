// Elements → XML text. Everything that leaves is plain ASCII: other characters are written as references, because a
// client that decodes what it has read before it has all of it (ncclient does) fails in the middle of a character.

import type { XmlElement } from "./element.ts";

/** An element on a line of its own, without indentation, as the original writes replies; ends without a line end. */
export function printElement(element: XmlElement): string {
  const { name, content } = element;
  const head = `<${name}${printAttributes(element.attributes)}`;
  if (content.length === 0) return `${head}/>`;
  if (typeof content === "string") return `${head}>${escapeText(content)}</${name}>`;
  return `${head}>\n${content.map((child) => `${printElement(child)}\n`).join("")}</${name}>`;
}

/** With a blank before each. */
export function printAttributes(attributes: Readonly<Record<string, string>> = {}): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`)
    .join("");
}

/** A carriage return would be read as a line end, so it is written as a reference. */
export function escapeText(text: string): string {
  const escaped = text.replaceAll(/[&<>\r]/g, (mark) => marks[mark] ?? mark);
  return withoutForbidden(escaped);
}

function escapeAttribute(text: string): string {
  return withoutForbidden(text.replaceAll(/[&<>"\r\n\t]/g, (mark) => marks[mark] ?? mark));
}

const marks: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

/** No document may hold these characters, in whatever form (XML 1.0, 2.2); a lone surrogate is no character at all. */
// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

function withoutForbidden(text: string): string {
  return text.replaceAll(forbidden, "\ufffd");
}

/** The same document with every character that is not ASCII as a reference: for text, not for names. */
export function toAscii(xml: string): string {
  return xml.replaceAll(/\P{ASCII}/gu, (character) => `&#${character.codePointAt(0) ?? 0xfffd};`);
}
