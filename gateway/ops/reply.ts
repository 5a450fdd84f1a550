// Builds the reply trees of operations. An element without a value is left out, so that a command lists its fields in
// one place and lets the absent ones say so themselves.

import type { XmlElement } from "@merlon/netconf/element.ts";

/** The release whose grammar and replies Merlon speaks. */
export const junosRelease = "24.4R1";

/** Elements, or what is left out. */
export type ReplyPart = XmlElement | readonly XmlElement[] | undefined | false;

/** Elements in order, without what is left out. */
export function elements(...parts: readonly ReplyPart[]): readonly XmlElement[] {
  return parts.flatMap((part) => (part === undefined || part === false ? [] : part));
}

/** An element of elements. */
export function group(name: string, ...parts: readonly ReplyPart[]): XmlElement {
  return { name, content: elements(...parts) };
}

/** An element with a value; nothing when there is no value. */
export function field(
  name: string,
  value: string | number | bigint | undefined,
  attributes?: Readonly<Record<string, string>>,
): XmlElement | undefined {
  if (value === undefined) return undefined;
  return { name, ...(attributes === undefined ? {} : { attributes }), content: String(value) };
}

/** The same field several times. */
export function fields(name: string, values: readonly (string | number)[]): readonly XmlElement[] {
  return values.map((value) => ({ name, content: String(value) }));
}

/** An empty element where something is so. */
export function mark(name: string, isSo = true): XmlElement | undefined {
  return isSo ? { name, content: [] } : undefined;
}

/** The outermost element of a reply, in the namespace of its module (`junos-zones`) as the original has them. */
export function reply(name: string, module: string, ...parts: readonly ReplyPart[]): XmlElement {
  return {
    name,
    attributes: { xmlns: `http://xml.juniper.net/junos/${junosRelease}/${module}` },
    content: elements(...parts),
  };
}

/** The reply of a command that the original answers with text alone. */
export function output(text: string): XmlElement {
  return { name: "output", content: text === "" ? "" : `\n${text}` };
}
