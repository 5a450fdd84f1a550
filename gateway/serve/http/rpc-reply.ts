// What NETCONF answers, in the form that a client of the REST interface asks for: the elements themselves, the JSON that the
// original makes of them, or the text. Pure.

import { parseXml } from "@merlon/netconf/parse-xml.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";

export const rpcForms = ["application/xml", "application/json", "text/plain"] as const;
export type RpcForm = (typeof rpcForms)[number];

/** The format that the request itself is asked in, so that the answer comes in the form that is wanted. */
export const formatOfForm: Readonly<Record<RpcForm, string | undefined>> = {
  "application/xml": undefined,
  "application/json": "json",
  "text/plain": "text",
};

export interface RpcReply {
  readonly form: RpcForm;
  readonly text: string;
  /** It holds an error, and not only warnings. */
  readonly failed: boolean;
  /** It was refused for want of a permission. */
  readonly denied: boolean;
}

/** `body` is the inside of a `<rpc-reply>`. */
export function rpcReply(body: string, form: RpcForm): RpcReply {
  const failed = /<error-severity>\s*error/.test(body);
  const denied = failed && /<error-tag>\s*access-denied/.test(body);
  return { form, text: inForm(body, form), failed, denied };
}

function inForm(body: string, form: RpcForm): string {
  if (form === "application/xml") return body;
  const { children, text } = parseXml(`<reply>${body}</reply>`);
  // What is no element is text already.
  if (children.length === 0) return `${text.trim()}\n`;
  if (form === "application/json") return `${JSON.stringify(jsonOf(children), undefined, 4)}\n`;
  return children.map(plainText).join("");
}

/** The text of an element that holds nothing else; others as they are. */
function plainText(element: ParsedElement): string {
  const lines = element.children.length === 0 ? [element.text] : element.children.map(plainText);
  return `${lines.join("").replace(/^\n/, "").trimEnd()}\n`;
}

type Json = { readonly [name: string]: unknown };

/** As the original writes JSON: every element is a list, text stands under `data`, an empty element has `[null]`. */
function jsonOf(children: readonly ParsedElement[]): Json {
  const lists = new Map<string, Json[]>();
  for (const child of children) {
    const list = lists.get(child.name);
    if (list === undefined) lists.set(child.name, [elementJson(child)]);
    else list.push(elementJson(child));
  }
  return Object.fromEntries(lists);
}

function elementJson({ attributes, children, text }: ParsedElement): Json {
  const own = Object.keys(attributes).length === 0 ? {} : { attributes };
  if (children.length > 0) return { ...own, ...jsonOf(children) };
  return { ...own, data: text === "" ? [null] : text.trim() };
}
