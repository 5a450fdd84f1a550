// What `delete` at a whole level and `wildcard delete` would take away is asked about first, as on the original, where
// somebody sits who can be asked. No answer, and any but yes, leaves everything as it is.

import { editTree } from "@merlon/junos/edit.ts";
import { indexOf, isHolder, rootSchema, wordsOf } from "@merlon/junos/schema-index.ts";
import type { Holder } from "@merlon/junos/schema-index.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { splitWords } from "@merlon/shell/line-parts.ts";
import type { Gateway } from "../gateway.ts";
import { said } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";
import type { CommandCaller } from "./command-caller.ts";

const shownMax = 50;

/** The question, or that nothing was done; undefined when the line is to be carried out. */
export function askBeforeDelete(gateway: Gateway, line: string, caller: CommandCaller): CommandAnswer | undefined {
  if (caller.asks !== true) return undefined;
  const about = aboutOf(gateway, line, caller);
  if (about === undefined) return undefined;
  if (caller.text === undefined) return { ...said(about.text), questions: [{ text: about.question }] };
  const reply = caller.text.trim().toLowerCase();
  return reply !== "" && "yes".startsWith(reply) ? undefined : said("");
}

/** True for `delete` alone at the top, which only somebody who was asked can mean. */
export function deletesEverything(line: string, { asks, at = [] }: CommandCaller): boolean {
  return asks === true && at.length === 0 && line.trim() === "delete";
}

function aboutOf(
  gateway: Gateway,
  line: string,
  { session, access, at = [] }: CommandCaller,
): { readonly text: string; readonly question: string } | undefined {
  const words = splitWords(line) ?? [];
  if (words.length === 1 && words[0] === "delete") {
    const text = at.length === 0 ? "This will delete the entire configuration\n" : "";
    return { text, question: "Delete everything under this level? [yes,no] (no) " };
  }
  if (words[0] !== "wildcard" || words[1] !== "delete") return undefined;
  const before = gateway.candidates.tree(session);
  const { tree, diagnostics } = editTree(before, line, { source: "<prompt>", at });
  if (hasErrors(diagnostics) || tree === before) return undefined;
  const gone = [...goneFrom(before, tree, rootSchema, [])];
  if (gone.length === 0) return undefined;
  const visible = gone.filter((path) => access?.mayView(path) !== false);
  const shown = visible.slice(0, shownMax).map((path) => `  matched: ${path.slice(at.length).join(" ")}\n`);
  const more = gone.length > shown.length ? `  ... ${gone.length - shown.length} more\n` : "";
  const objects = `${gone.length} ${gone.length === 1 ? "object" : "objects"}`;
  return { text: `${shown.join("")}${more}`, question: `Delete ${objects}? [yes,no] (no) ` };
}

/** The highest statements that stand in one tree and not in the other. */
function* goneFrom(
  before: ConfigNode,
  after: ConfigNode,
  schema: Holder,
  path: readonly string[],
): Generator<readonly string[]> {
  const { byWord } = indexOf(schema);
  for (const [id, child] of before.children) {
    const left = after.children.get(id);
    if (left === child) continue;
    const childSchema = byWord.get(child.word);
    const below = [
      ...path,
      ...(childSchema === undefined ? [child.word, ...child.keys] : wordsOf(childSchema, child.word, child.keys)),
    ];
    if (left === undefined) yield below;
    else if (childSchema !== undefined && isHolder(childSchema)) yield* goneFrom(child, left, childSchema, below);
  }
}
