// `show` (the candidate) and `show configuration` (what is in force), whole or below a path, as text, as set lines, or
// compared with what is in force.

import { compareTrees } from "@merlon/junos/compare.ts";
import { printTree } from "@merlon/junos/print.ts";
import { printSetLines } from "@merlon/junos/set-lines.ts";
import { subtree } from "@merlon/junos/subtree.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { CommandResult } from "../api.ts";
import type { Gateway } from "../gateway.ts";
import { applyPipes } from "./pipe.ts";

export function showConfiguration(
  gateway: Gateway,
  path: readonly string[],
  pipes: readonly (readonly string[])[],
  which: "candidate" | "running",
): CommandResult {
  const running = gateway.running?.prepared.tree ?? emptyTree;
  const whole = which === "candidate" ? gateway.candidate : running;
  const tree = subtree(whole, path);
  if (tree === undefined) return { ok: true, text: "", diagnostics: [] };
  const [first, ...others] = pipes;
  if (first?.[0] === "compare") {
    const text = compareTrees(running, gateway.candidate);
    return applyPipes({ ok: true, text, diagnostics: [] }, others);
  }
  if (first?.[0] === "display" && first[1] === "set") {
    const text = printSetLines(tree)
      .map((line) => `${line}\n`)
      .join("");
    return applyPipes({ ok: true, text, diagnostics: [] }, others);
  }
  return applyPipes({ ok: true, text: printTree(tree), diagnostics: [] }, pipes);
}
