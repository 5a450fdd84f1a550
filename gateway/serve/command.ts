// One line as typed at the shell: edits of the candidate, commit and rollback, operational commands, and what stands
// behind a pipe. Answers data and text; never throws for what an operator can type.

import { editTree } from "@merlon/junos/edit.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { formatDiagnostic, hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { CommandResult } from "../api.ts";
import type { Gateway } from "../gateway.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { OperationRefused } from "../ops/operation.ts";
import { parseOperation } from "../ops/parse-operation.ts";
import { revisionsKeptMax } from "../store/revision-store.ts";
import { applyPipes, splitPipes } from "./pipe.ts";
import { showConfiguration } from "./show-configuration.ts";
import { splitWords } from "./split-words.ts";

/** A line longer than this is refused; the longest real statements are far below. */
const lineLengthMax = 64 * 1024;

const editWords = new Set([
  "set",
  "delete",
  "deactivate",
  "activate",
  "protect",
  "unprotect",
  "insert",
  "rename",
  "copy",
  "annotate",
]);

export async function runCommand(gateway: Gateway, line: string, user: string): Promise<CommandResult> {
  if (line.length > lineLengthMax) return refused(`the line is longer than ${lineLengthMax} characters`);
  const { command, pipes } = splitPipes(line);
  const words = splitWords(command);
  if (words === undefined) return refused("a quoted text is not closed");
  const [first] = words;
  if (first === undefined) return { ok: true, text: "", diagnostics: [] };
  if (editWords.has(first)) return edit(gateway, command.trim());
  if (first === "show" && (words.length === 1 || words[1] === "configuration")) {
    return showConfiguration(gateway, words.slice(2), pipes, words[1] === "configuration" ? "running" : "candidate");
  }
  switch (first) {
    case "commit":
      return commit(gateway, words.slice(1), user);
    case "rollback":
      return rollback(gateway, words.slice(1));
    case "help":
    case "?":
      return { ok: true, text: helpText, diagnostics: [] };
    default: {
      const result = await operate(gateway, first === "run" ? words.slice(1) : words);
      return result.ok ? applyPipes(result, pipes) : result;
    }
  }
}

function refused(message: string, hint = ""): CommandResult {
  return { ok: false, text: `error: ${message}\n${hint === "" ? "" : `${hint}\n`}`, diagnostics: [] };
}

function withDiagnostics(ok: boolean, text: string, diagnostics: readonly Diagnostic[]): CommandResult {
  return { ok, text: [...diagnostics.map((it) => `${formatDiagnostic(it)}\n`), text].join(""), diagnostics };
}

function edit(gateway: Gateway, line: string): CommandResult {
  const { tree, diagnostics } = editTree(gateway.candidate, line, { source: "<prompt>" });
  const ok = !hasErrors(diagnostics);
  if (ok) gateway.candidate = tree;
  return withDiagnostics(ok, "", diagnostics);
}

async function commit(gateway: Gateway, words: readonly string[], user: string): Promise<CommandResult> {
  if (words[0] === "check" && words.length === 1) {
    const outcome = gateway.check();
    return withDiagnostics(outcome.ok, outcome.ok ? "configuration check succeeds\n" : "", outcome.diagnostics);
  }
  const comment = words[0] === "comment" ? words[1] : undefined;
  if (words.length > 0 && (comment === undefined || words.length > 2)) {
    return refused(`"${words.join(" ")}" is not expected here`, 'usage: commit [check | comment "text"]');
  }
  const outcome = await gateway.commit({ user, via: "cli", ...(comment === undefined ? {} : { comment }) });
  if (outcome.ok) {
    return withDiagnostics(true, outcome.changed ? "commit complete\n" : "commit complete (nothing had changed)\n", outcome.diagnostics);
  }
  const failure = outcome.failure === undefined ? "" : `error: ${outcome.failure.message}\n`;
  return withDiagnostics(false, `${failure}error: commit failed; the configuration in force is unchanged\n`, outcome.diagnostics);
}

async function rollback(gateway: Gateway, words: readonly string[]): Promise<CommandResult> {
  const text = words[0] ?? "0";
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number < revisionsKeptMax) || words.length > 1) {
    return refused(`rollback takes a number from 0 to ${revisionsKeptMax - 1}`);
  }
  const revisions = await gateway.store.listRevisions();
  const wanted = revisions[number];
  const revision = wanted === undefined ? undefined : await gateway.store.readRevision(wanted);
  if (revision === undefined) {
    return refused(`there is no rollback ${number}`, `${revisions.length} revisions are kept: 0 to ${revisions.length - 1}`);
  }
  const { tree, diagnostics } = loadConfiguration(emptyTree, revision.configuration, {
    action: "override",
    source: `rollback ${number}`,
  });
  if (hasErrors(diagnostics)) return withDiagnostics(false, "", diagnostics);
  gateway.candidate = tree;
  return withDiagnostics(true, "load complete\n", diagnostics);
}

async function operate(gateway: Gateway, words: readonly string[]): Promise<CommandResult> {
  const parsed = parseOperation(words);
  if (parsed.kind === "unknown") {
    const expected = parsed.expected.length === 0 ? "" : `expected: ${parsed.expected.join(", ")}`;
    return refused(parsed.message, expected);
  }
  try {
    const { data, text } = await parsed.operation.execute(gateway, parsed.input);
    return { ok: true, text, diagnostics: [], data };
  } catch (error) {
    if (error instanceof OperationRefused || error instanceof KernelFailure) return refused(error.message);
    throw error;
  }
}

const helpText = `Configure
  set STATEMENT            add or change a statement of the candidate configuration
  delete STATEMENT         remove one (also: deactivate, activate, insert, rename, copy, annotate)
  show | compare           what the candidate would change
  commit [check]           put the candidate into force (or only check it); commit comment "why"
  rollback N               make the candidate what it was N commits ago; commit puts it into force
Look
  show configuration       the configuration in force (| display set)
  show security policies [hit-count] | match-policies | zones | flow session
  show interfaces, show route, show version
  show system commit | alarms | capabilities
Pipes: | compare, | display set, | match TEXT, | except TEXT, | count
`;
