// `replace pattern OLD with NEW [upto N]`: the candidate with another text in names and values, read anew as a whole, so
// that what came of it is as sound as what is typed.

import { printTree } from "@merlon/junos/print.ts";
import { replacePattern } from "@merlon/junos/replace-pattern.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { unknownWord } from "@merlon/junos/unknown-statement.ts";
import { compilePattern } from "@merlon/model/linear-pattern.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { judgeFor } from "../access/permitted-change.ts";
import type { Gateway } from "../gateway.ts";
import { judged, refused, said } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";
import type { CommandCaller } from "./command-caller.ts";

const usage = 'usage: replace pattern OLD with "NEW" [upto N]';
const countMax = 1_000_000;
const patternLengthMax = 1_000;

export function replaceCommand(
  gateway: Gateway,
  words: readonly string[],
  { session, at = [], access }: CommandCaller,
): CommandAnswer {
  const [kind, text = "", joint, fresh = "", upto, countText, ...others] = words;
  const isWhole = kind === "pattern" && joint === "with" && words.length >= 4 && others.length === 0;
  const count = upto === undefined ? countMax : numberOf(countText);
  if (!isWhole || text === "" || (upto !== undefined && upto !== "upto") || count === undefined)
    return refused("replace takes a pattern and what is to stand in its place", usage);
  if (text.length > patternLengthMax) return refused(`the pattern is longer than ${patternLengthMax} characters`);
  const [pattern, found] = [compilePattern(text, { fromStart: true }), compilePattern(text)];
  if ("error" in pattern) return refused(`"${text}": ${pattern.error}`);
  if ("error" in found) return refused(`"${text}": ${found.error}`);
  const tree = gateway.candidates.tree(session);
  const replaced = replacePattern(tree, { pattern, found, text: fresh, countMax: count, at });
  if (replaced.kind === "refused") return refused(replaced.message);
  if (replaced.count === 0) return refused(`nothing here matches "${text}"`);
  const change = { kind: "load" as const, action: "override" as const, text: printTree(replaced.tree) };
  const { diagnostics } = gateway.candidates.apply(
    { ...change, source: "replace pattern", guarded: true, ...(holdsUnknown(tree) && { keepUnknown: true }) },
    session,
    judgeFor(access),
  );
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (hasErrors(diagnostics)) return judged(false, "error: nothing was replaced\n", errors);
  return said(`${replaced.count} ${replaced.count === 1 ? "place" : "places"} replaced\n`);
}

/** What was kept by the operator's choice stays; otherwise a value that is wrong now is not taken for such a statement. */
function holdsUnknown(node: ConfigNode): boolean {
  for (const child of node.children.values()) if (child.word === unknownWord || holdsUnknown(child)) return true;
  return false;
}

function numberOf(text: string | undefined): number | undefined {
  const number = text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= countMax ? number : undefined;
}
