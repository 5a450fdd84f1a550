// `<load-configuration>`: every action and form of the original, and earlier configurations by their number. The results
// stand in an element of their own, mistakes with their number, so that a client sees all of them at once.

import { formOf } from "@merlon/junos/form.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { readRescueText, readRollbackText, parseRollback } from "../../commit/read-rollback.ts";
import type { CandidateChange } from "../../candidate/candidate-change.ts";
import { loadAction } from "../../candidate/load-actions.ts";
import { printErrors, rpcErrorsOf } from "./diagnostic-errors.ts";
import { requestSource } from "./edit-config.ts";
import { wrongAttribute } from "./get-configuration.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { judgeFor } from "../../access/permitted-change.ts";
import { refuse } from "./rpc-refused.ts";

type Load = Extract<CandidateChange, { kind: "load" }>;

const actions = ["merge", "replace", "override", "update", "set", "patch"];

/** The element that holds a configuration, with the forms that it may be said to have. */
const holders: Readonly<Record<string, readonly string[]>> = {
  configuration: ["xml"],
  "configuration-json": ["json"],
  "configuration-patch": ["text"],
  "configuration-set": ["text", "set"],
  "configuration-text": ["text"],
};

export async function loadConfiguration(session: NetconfSession, request: ParsedElement): Promise<string> {
  const { rollback, rescue } = request.attributes;
  if (rollback !== undefined) session.demand(`rollback ${rollback.slice(0, 16)}`);
  if (rescue !== undefined) session.demand("rollback rescue");
  const change = rollback !== undefined || rescue !== undefined ? await earlier(session, request) : loaded(request);
  if (change === undefined) {
    session.gateway.candidates.discard(session.editing);
    return results("<ok/>\n");
  }
  const judge = judgeFor(session.access);
  const { diagnostics } = session.gateway.candidates.apply(change, session.editing, judge);
  const errors = printErrors(rpcErrorsOf(diagnostics, change.text));
  if (!hasErrors(diagnostics)) return results(`${errors}<ok/>\n`);
  const count = diagnostics.filter(({ severity }) => severity === "error").length;
  return results(`${errors}<load-error-count>${count}</load-error-count>\n`);
}

function results(inside: string): string {
  return `<load-configuration-results>\n${inside}</load-configuration-results>\n`;
}

/** Undefined for rollback 0, which discards what is not committed. */
async function earlier({ gateway }: NetconfSession, { attributes }: ParsedElement): Promise<Load | undefined> {
  const { rollback, rescue } = attributes;
  const number = rollback === undefined ? "rescue" : parseRollback(rollback);
  if (rescue !== undefined && (rescue !== "rescue" || rollback !== undefined))
    throw wrongAttribute("rescue", rescue, ["rescue, without rollback"]);
  if (number === undefined) throw wrongAttribute("rollback", rollback ?? "", ["0 to 49"]);
  if (number === 0) return undefined;
  const text = number === "rescue" ? await readRescueText(gateway) : await readRollbackText(gateway, number);
  return { kind: "load", action: "override", text, source: `rollback ${number}`, keepUnknown: true };
}

function loaded(request: ParsedElement): Load {
  const { attributes, children } = request;
  if (attributes["url"] !== undefined) {
    const message = "configurations are not read from a URL: send the text";
    throw refuse("operation-not-supported", message, { badAttribute: "url" });
  }
  const [holder, second] = children;
  if (holder === undefined)
    throw refuse("missing-element", "there is nothing to load", { badElement: "configuration" });
  const forms = Object.hasOwn(holders, holder.name) ? holders[holder.name] : undefined;
  if (forms === undefined || second !== undefined) {
    const { name } = forms === undefined ? holder : (second ?? holder);
    const message = `one of these is loaded: ${Object.keys(holders).join(", ")}`;
    throw refuse("unknown-element", message, { badElement: name });
  }
  const { format = forms[0] ?? "" } = attributes;
  if (!forms.includes(format)) throw wrongAttribute("format", format, forms);
  const action = actionOf(attributes["action"], holder.name);
  const text = textIn(holder);
  return { kind: "load", action, text, source: requestSource, guarded: true };
}

function actionOf(word: string | undefined, holder: string): Load["action"] {
  if (holder === "configuration-set") {
    if (word === undefined || word === "set") return "set";
    throw wrongAttribute("action", word, ["set"]);
  }
  if (holder === "configuration-patch") return "patch";
  const action = word === undefined ? "merge" : loadAction(word);
  const isOfText = action === "set" || action === "patch";
  if (action === undefined || (isOfText && holder !== "configuration-text"))
    throw wrongAttribute("action", word ?? "", actions);
  return action;
}

/** XML as it was written; the others as the characters in their element. */
function textIn({ name, source = "", text, holdsElements }: ParsedElement): string {
  if (name === "configuration") return source;
  if (holdsElements === true) {
    const message = `<${name}> holds elements: write &lt; for the character < in a text`;
    throw refuse("bad-element", message, { badElement: name });
  }
  // The form is told by the first characters, and must be the one that was said.
  const isJson = name === "configuration-json";
  if (text.trim() !== "" && formOf(text) !== (isJson ? "json" : "text"))
    throw refuse("bad-element", `<${name}> does not hold ${isJson ? "JSON" : "a text"}`, { badElement: name });
  return text;
}
