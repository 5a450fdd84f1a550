// `| display xml`, `| display xml rpc` and `| display json` behind an operational command: the reply tree of its RPC as the
// original writes it, or the RPC itself. A command without a tree of its own answers its text in an `output` element.

import type { XmlElement } from "@merlon/netconf/element.ts";
import { escapeText, printAttributes } from "@merlon/netconf/print-element.ts";
import type { OperationAnswer } from "../ops/operation.ts";
import type { GivenParameter, ParsedOperation } from "../ops/parse-operation.ts";
import { group, junosRelease, output } from "../ops/reply.ts";

export const operationDisplays = ["xml", "xml rpc", "json"] as const;
export type OperationDisplay = (typeof operationDisplays)[number];

const indentUnit = "    ";

/** The form that the first pipe asks for; undefined when it is no `display`, a sentence when it is a wrong one. */
export function readDisplay(
  pipe: readonly string[] | undefined,
): OperationDisplay | { readonly wrong: string } | undefined {
  const [word, ...rest] = pipe ?? [];
  if (word !== "display") return undefined;
  const form = rest.join(" ");
  const known = operationDisplays.find((one) => one === form);
  return known ?? { wrong: `"| display ${form}" is not understood here: xml, xml rpc or json` };
}

type Parsed = Extract<ParsedOperation, { kind: "operation" }>;

export function displayAnswer(form: Exclude<OperationDisplay, "xml rpc">, answer: OperationAnswer): string {
  const reply = answer.reply?.() ?? output(answer.text);
  switch (form) {
    case "xml":
      return printReply(reply);
    case "json":
      return `${JSON.stringify({ [reply.name]: [jsonOf(reply)] }, undefined, indentUnit)}\n`;
  }
}

/** The request needs no answer. */
export function displayRequest(parsed: Parsed): string {
  return printReply(requestOf(parsed));
}

/** Parameters as child elements; a command that is no RPC goes as text. */
export function requestOf({ operation, given }: Parsed): XmlElement {
  if (operation.rpcName !== undefined) return group("rpc", { name: operation.rpcName, content: given.map(argumentOf) });
  const typed = given.flatMap(({ parameter, value }) => [parameter.word, ...(value === undefined ? [] : [value])]);
  return group("rpc", { name: "command", content: [...operation.words, ...typed].join(" ") });
}

function argumentOf({ parameter, value }: GivenParameter): XmlElement {
  return { name: parameter.element ?? parameter.word, content: value ?? [] };
}

/** As at the shell: the reply and the banner of the prompt, which is empty. */
function printReply(content: XmlElement): string {
  const lines = [`<rpc-reply xmlns:junos="http://xml.juniper.net/junos/${junosRelease}/junos">`];
  printElement(content, indentUnit, lines);
  printElement({ name: "cli", content: [{ name: "banner", content: "" }] }, indentUnit, lines);
  lines.push("</rpc-reply>", "");
  return lines.join("\n");
}

/** Indented, as the shell of the original shows it; replies to programs go out without (netconf/print-element.ts). */
function printElement({ name, attributes, content }: XmlElement, indent: string, lines: string[]): void {
  const head = `${name}${printAttributes(attributes)}`;
  if (typeof content === "string") lines.push(`${indent}<${head}>${escapeText(content)}</${name}>`);
  else if (content.length === 0) lines.push(`${indent}<${head}/>`);
  else {
    lines.push(`${indent}<${head}>`);
    for (const child of content) printElement(child, indent + indentUnit, lines);
    lines.push(`${indent}</${name}>`);
  }
}

type Json = { readonly [name: string]: unknown };

/** As the original writes JSON: every element is a list, text stands under `data`, an empty element has `[null]`. */
function jsonOf({ attributes, content }: XmlElement): Json {
  const own = attributes === undefined ? {} : { attributes };
  if (typeof content === "string") return { ...own, data: content };
  if (content.length === 0) return { ...own, data: [null] };
  const children = new Map<string, Json[]>();
  for (const child of content) {
    const list = children.get(child.name);
    if (list === undefined) children.set(child.name, [jsonOf(child)]);
    else list.push(jsonOf(child));
  }
  return { ...own, ...Object.fromEntries(children) };
}
