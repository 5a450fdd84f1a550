// `show` (the candidate) and `show configuration` (what is in force), whole or below a path: as text, set lines, XML or
// JSON, with groups carried out, or compared with what is in force or an earlier revision.

import { compareTrees } from "@merlon/junos/compare.ts";
import { firstWrongWord } from "@merlon/junos/expand-path.ts";
import { isForm, printForm } from "@merlon/junos/form.ts";
import type { Form } from "@merlon/junos/form.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import { locate, wrongPath } from "@merlon/junos/locate.ts";
import { printInheritance } from "@merlon/junos/print-inheritance.ts";
import { printTree } from "@merlon/junos/print.ts";
import { indexOf } from "@merlon/junos/schema-index.ts";
import { setLinesOf } from "@merlon/junos/set-lines.ts";
import { subtree } from "@merlon/junos/subtree.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { formatUtc } from "../commit/commit-time.ts";
import { parseRollback, readRollback } from "../commit/read-rollback.ts";
import { inheritOptions } from "../commit/prepare.ts";
import type { Gateway } from "../gateway.ts";
import { refused, said, withDiagnostics } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";
import type { CommandCaller } from "./command-caller.ts";
import { visibleTree } from "../access/visible-tree.ts";
import { applyPipes, displayHelp } from "./pipe.ts";

export interface ShowRequest {
  readonly path: readonly string[];
  readonly pipes: readonly (readonly string[])[];
  readonly which: "candidate" | "running";
  readonly caller: CommandCaller;
}

/** Throws `CandidateRefused` for a rollback that is not there. */
export async function showConfiguration(gateway: Gateway, request: ShowRequest): Promise<CommandAnswer> {
  const { path, pipes, which, caller } = request;
  const { candidates } = gateway;
  const visible = (tree: ConfigNode): ConfigNode => visibleTree(caller.access, tree);
  const running = visible(gateway.running?.prepared.tree ?? emptyTree);
  const candidate = visible(candidates.tree(caller.session));
  const whole = which === "candidate" ? candidate : running;
  const place = which === "candidate" ? [...(caller.at ?? []), ...path] : path;
  // What does not stand there is no error, unless it cannot stand there; unknown statements may have been kept.
  const wrong = place.length === 0 || subtree(whole, place) !== undefined ? [] : wrongPath(place);
  if (wrong.length > 0) {
    const index = firstWrongWord(whole, path, "show", which === "candidate" ? caller.at : []);
    return { ...withDiagnostics(false, "", wrong), wrongWord: { index, expects: "syntax error." } };
  }
  const [first = [], ...others] = pipes;
  if (first[0] === "compare") {
    // "show configuration | compare" asks, as "show | compare" does, what the candidate would change.
    const after = first.length === 1 ? candidate : whole;
    const earlier = first.length === 1 ? candidates.base(caller.session) : await comparedTree(gateway, first.slice(1));
    if (earlier === undefined) return refused("compare takes nothing, or rollback and a number from 0 to 49");
    const parts = [visible(earlier), after].map((tree) => subtree(tree, place) ?? emptyTree);
    return applyPipes(said(compareTrees(parts[0] ?? emptyTree, parts[1] ?? emptyTree)), others);
  }
  const shown = readDisplays(pipes);
  if (typeof shown === "string") return refused(shown);
  const expanded = shown.inheritance ? inherit(whole, inheritOptions(gateway.world)).tree : whole;
  const isForPeople = which === "running" && place.length === 0 && shown.form === "text" && isShell(caller);
  const head = isForPeople ? await lastCommitLine(gateway) : "";
  return applyPipes(said(`${head}${print(expanded, place, shown)}`), pipes.slice(shown.count));
}

/** Somebody who has logged in, or a tool in his place that reads what the original prints; no program of our own. */
function isShell({ session, via }: CommandCaller): boolean {
  return session !== undefined && via === "cli";
}

/** `## Last commit: 2026-11-22 06:30:00 UTC by ana`: a comment, so that the text loads as it is. */
async function lastCommitLine({ store, running }: Gateway): Promise<string> {
  const summary = running === undefined ? undefined : await store.readSummary(running.revision);
  return summary === undefined ? "" : `## Last commit: ${formatUtc(summary.atMs)} by ${summary.user}\n`;
}

const displays = Object.keys(displayHelp)
  .join(", ")
  .replace("set,", "set [relative],")
  .replace("inheritance,", "inheritance [no-comments],")
  .replace(/, (\w+)$/, " or $1");

interface Display {
  readonly form: Form;
  /** Set lines begin at the level that is shown. */
  readonly relative: boolean;
  /** Groups and ranges are carried out, and said so in text. */
  readonly inheritance: boolean;
  readonly comments: boolean;
  /** How many pipes these words took. */
  readonly count: number;
}

/** What the `| display …` at the beginning ask for, or the sentence that says what is wrong with them. */
function readDisplays(pipes: readonly (readonly string[])[]): Display | string {
  let display: Display = { form: "text", relative: false, inheritance: false, comments: true, count: 0 };
  for (const [word, what = "", ...others] of pipes) {
    if (word !== "display") break;
    const count = display.count + 1;
    if (what === "inheritance" && (others.length === 0 || others.join(" ") === "no-comments")) {
      display = { ...display, inheritance: true, comments: others.length === 0, count };
    } else if (what === "set" && others.join(" ") === "relative") {
      display = { ...display, form: what, relative: true, count };
    } else if (what !== "text" && isForm(what) && others.length === 0) {
      display = { ...display, form: what, relative: false, count };
    } else if (what === "omit" && others.length === 0) display = { ...display, count };
    else return `"| display ${[what, ...others].join(" ")}" is not understood: ${displays}`;
  }
  return display;
}

function print(tree: ConfigNode, at: readonly string[], display: Display): string {
  const { form, relative, inheritance, comments } = display;
  if (form === "text") return inheritance && comments ? printInheritance(tree, { at }) : printTree(tree, { at });
  if (relative) return printRelativeSetLines(tree, at).join("");
  // As on the original, these forms name all levels from the top.
  const part = subtree(tree, at);
  return part === undefined ? "" : printForm(part, form);
}

function printRelativeSetLines(tree: ConfigNode, at: readonly string[]): readonly string[] {
  const located = locate(tree, at);
  if (located === undefined) return [];
  const { byWord } = indexOf(located.schema);
  return located.nodes.flatMap((node) => {
    const schema = byWord.get(node.word);
    return schema === undefined ? [] : setLinesOf(node, schema, "").map((line) => `${line}\n`);
  });
}

async function comparedTree(gateway: Gateway, words: readonly string[]): Promise<ConfigNode | undefined> {
  const [word, text = "", ...others] = words;
  const number = parseRollback(text);
  if (word !== "rollback" || number === undefined || others.length > 0) return undefined;
  return readRollback(gateway, number);
}
