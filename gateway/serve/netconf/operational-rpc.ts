// Operational commands as requests by the names of their RPCs: arguments are elements, and the answer is the reply tree, the
// text of the shell, or JSON, as the request's `format` asks.

import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { escapeText, printElement } from "@merlon/netconf/print-element.ts";
import { operations } from "../../ops/operations.ts";
import { readInput } from "../../ops/parse-operation.ts";
import type { ParsedOperation } from "../../ops/parse-operation.ts";
import { output } from "../../ops/reply.ts";
import { displayAnswer } from "../display.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { refuse } from "./rpc-refused.ts";

export type ReplyFormat = "xml" | "text" | "json";

/** Elements that clients of the original add and that say nothing about what is asked. */
const ignored: ReadonlySet<string> = new Set(["normalize", "no-forwarding"]);

export async function answerOperation(session: NetconfSession, request: ParsedElement): Promise<string> {
  const named = operations.filter(({ rpcName }) => rpcName === request.name);
  // In the words of the original: its clients ask for many things and take this for "no".
  if (named.length === 0) throw refuse("operation-failed", "syntax error", { badElement: request.name });
  const format = formatOf(request);
  const input = argumentsOf(request);
  // Several commands may be one request (`show security flow session` and its summary): the arguments tell them apart.
  const parsed = named.map((operation) => readInput(operation, input));
  const found = parsed.find(({ kind }) => kind === "operation") ?? parsed[0];
  if (found?.kind !== "operation") {
    const badElement = found?.word ?? request.name;
    throw refuse("bad-element", found?.message ?? "syntax error", { badElement });
  }
  return runOperation(session, found, format);
}

export async function runOperation(
  session: NetconfSession,
  { operation, input, given }: Extract<ParsedOperation, { kind: "operation" }>,
  format: ReplyFormat,
): Promise<string> {
  const words = given.flatMap(({ parameter: { word }, value }) => (value === undefined ? [word] : [word, value]));
  session.demand([...operation.words, ...words].join(" "));
  const answer = await operation.execute(session.gateway, input, session.caller);
  switch (format) {
    case "xml":
      return `${printElement(answer.reply?.() ?? output(answer.text))}\n`;
    case "text":
      return printOutput(answer.text);
    case "json":
      return escapeText(displayAnswer("json", answer));
  }
}

export function printOutput(text: string): string {
  return `${printElement(output(text))}\n`;
}

export function formatOf({ attributes }: ParsedElement): ReplyFormat {
  const format = (attributes["format"] ?? "xml").toLowerCase();
  if (format === "xml" || format === "text" || format === "json") return format;
  if (format === "ascii") return "text";
  const message = `format="${format.slice(0, 64)}" is not understood; it is one of xml, text, json`;
  throw refuse("bad-attribute", message, { badAttribute: "format" });
}

function argumentsOf({ children }: ParsedElement): Readonly<Record<string, string>> {
  const given: Record<string, string> = {};
  for (const { name, text, children: inside } of children) {
    if (ignored.has(name)) continue;
    if (inside.length > 0) throw refuse("bad-element", `<${name}> holds a value and no elements`, { badElement: name });
    given[name] = text.trim();
  }
  return given;
}
