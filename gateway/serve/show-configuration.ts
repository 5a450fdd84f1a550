// `show` (the candidate) and `show configuration` (what is in force), whole or below a path: as text, set lines, XML or
// JSON, with groups carried out, or compared with what is in force or an earlier revision.

import { compareTrees } from "@merlon/junos/compare.ts";
import { isForm, printForm } from "@merlon/junos/form.ts";
import type { Form } from "@merlon/junos/form.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import { wrongPath } from "@merlon/junos/locate.ts";
import { printInheritance } from "@merlon/junos/print-inheritance.ts";
import { printTree } from "@merlon/junos/print.ts";
import { subtree } from "@merlon/junos/subtree.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import type { CommandResult } from "../api.ts";
import { parseRollback, readRollback } from "../commit/read-rollback.ts";
import { inheritOptions } from "../commit/prepare.ts";
import type { Gateway } from "../gateway.ts";
import { refused, said, withDiagnostics } from "./answer.ts";
import type { CommandCaller } from "./command-caller.ts";
import { applyPipes, displayHelp } from "./pipe.ts";

export interface ShowRequest {
  readonly path: readonly string[];
  readonly pipes: readonly (readonly string[])[];
  readonly which: "candidate" | "running";
  readonly caller: CommandCaller;
}

/** Throws `CandidateRefused` for a rollback that is not there. */
export async function showConfiguration(gateway: Gateway, request: ShowRequest): Promise<CommandResult> {
  const { path, pipes, which, caller } = request;
  const { candidates } = gateway;
  const running = gateway.running?.prepared.tree ?? emptyTree;
  const candidate = candidates.tree(caller.session);
  const whole = which === "candidate" ? candidate : running;
  const place = which === "candidate" ? [...(caller.at ?? []), ...path] : path;
  // What does not stand there is no error, unless it cannot stand there; unknown statements may have been kept.
  const wrong = place.length === 0 || subtree(whole, place) !== undefined ? [] : wrongPath(place);
  if (wrong.length > 0) return withDiagnostics(false, "", wrong);
  const [first = [], ...others] = pipes;
  if (first[0] === "compare") {
    // "show configuration | compare" asks, as "show | compare" does, what the candidate would change.
    const after = first.length === 1 ? candidate : whole;
    const before = first.length === 1 ? candidates.base(caller.session) : await comparedTree(gateway, first.slice(1));
    if (before === undefined) return refused("compare takes nothing, or rollback and a number from 0 to 49");
    const parts = [before, after].map((tree) => subtree(tree, place) ?? emptyTree);
    return applyPipes(said(compareTrees(parts[0] ?? emptyTree, parts[1] ?? emptyTree)), others);
  }
  const shown = readDisplays(pipes);
  if (typeof shown === "string") return refused(shown);
  const expanded = shown.inheritance ? inherit(whole, inheritOptions(gateway.world)).tree : whole;
  return applyPipes(said(print(expanded, place, shown)), pipes.slice(shown.count));
}

const displays = Object.keys(displayHelp)
  .join(", ")
  .replace(/, (\w+)$/, " or $1 [no-comments]");

interface Display {
  readonly form: Form;
  /** Groups and ranges are carried out, and said so in text. */
  readonly inheritance: boolean;
  readonly comments: boolean;
  /** How many pipes these words took. */
  readonly count: number;
}

/** What the `| display …` at the beginning ask for, or the sentence that says what is wrong with them. */
function readDisplays(pipes: readonly (readonly string[])[]): Display | string {
  let display: Display = { form: "text", inheritance: false, comments: true, count: 0 };
  for (const [word, what = "", ...others] of pipes) {
    if (word !== "display") break;
    const count = display.count + 1;
    if (what === "inheritance" && (others.length === 0 || others.join(" ") === "no-comments")) {
      display = { ...display, inheritance: true, comments: others.length === 0, count };
    } else if (what !== "text" && isForm(what) && others.length === 0) display = { ...display, form: what, count };
    else return `"| display ${[what, ...others].join(" ")}" is not understood: ${displays}`;
  }
  return display;
}

function print(tree: ConfigNode, at: readonly string[], { form, inheritance, comments }: Display): string {
  if (form === "text") return inheritance && comments ? printInheritance(tree, { at }) : printTree(tree, { at });
  // As on the original, these forms name all levels from the top.
  const part = subtree(tree, at);
  return part === undefined ? "" : printForm(part, form);
}

async function comparedTree(gateway: Gateway, words: readonly string[]): Promise<ConfigNode | undefined> {
  const [word, text = "", ...others] = words;
  const number = parseRollback(text);
  if (word !== "rollback" || number === undefined || others.length > 0) return undefined;
  return readRollback(gateway, number);
}
