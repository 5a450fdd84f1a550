// Lines that work on a candidate: edits, `load`, `rollback`, `update`, `status`, and entering and leaving configuration
// mode, which only a session can do.

import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { CommandResult } from "../api.ts";
import { describeConflicts } from "../candidate/describe-conflicts.ts";
import { describeSession } from "../candidate/edit-session.ts";
import type { EditMode, Session } from "../candidate/edit-session.ts";
import { factoryDefault } from "../candidate/factory-default.ts";
import { loadAction, loadActions } from "../candidate/load-actions.ts";
import { parseRollback, readRescueText, readRollbackText } from "../commit/read-rollback.ts";
import type { Gateway } from "../gateway.ts";
import { revisionsKeptMax } from "../store/revision-store.ts";
import { refused, said, withDiagnostics } from "./answer.ts";
import { askBeforeDelete, deletesEverything } from "./ask-before-delete.ts";
import { judgeFor } from "../access/permitted-change.ts";
import { withPassword } from "./typed-password.ts";
import type { CommandAnswer } from "./answer.ts";
import type { CommandCaller } from "./command-caller.ts";

const willBeDiscarded = "warning: uncommitted changes will be discarded on exit\n";

export function editCommand(gateway: Gateway, typed: string, caller: CommandCaller): CommandAnswer {
  const { session, at, access } = caller;
  const asked = askBeforeDelete(gateway, typed, caller);
  if (asked !== undefined) return asked;
  if (deletesEverything(typed, caller)) return deleteEverything(gateway, caller);
  const line = withPassword(typed, caller);
  if (typeof line !== "string") return line;
  const change = { kind: "edit" as const, line, ...(at === undefined ? {} : { at }) };
  const { diagnostics } = gateway.candidates.apply(change, session, judgeFor(access));
  return withDiagnostics(!hasErrors(diagnostics), "", diagnostics);
}

function deleteEverything(gateway: Gateway, { session, access }: CommandCaller): CommandResult {
  const empty = { kind: "load" as const, action: "override" as const, text: "", source: "delete", guarded: true };
  const { diagnostics } = gateway.candidates.apply(empty, session, judgeFor(access));
  return withDiagnostics(!hasErrors(diagnostics), "", diagnostics);
}

export function loadCommand(gateway: Gateway, words: readonly string[], caller: CommandCaller): CommandResult {
  const [word = "", from = "terminal", ...choices] = words;
  const actions = loadActions.map((it) => it.word).join("|");
  const usage = `usage: load factory-default, or load ${actions} terminal|FILE [relative] [keep-unknown], with the text`;
  if (word === "factory-default" && words.length === 1) {
    return load(gateway, { action: "override", text: factoryDefault, source: "factory-default" }, caller);
  }
  const action = loadAction(word);
  if (action === undefined || choices.some((choice) => choice !== "relative" && choice !== "keep-unknown")) {
    return refused(`"${words.join(" ")}" cannot be loaded`, usage);
  }
  const { text, at } = caller;
  if (text === undefined) return refused("the text to load is missing: the client sends it with the line", usage);
  const relative = choices.includes("relative") && at !== undefined ? { at } : {};
  const keepUnknown = choices.includes("keep-unknown") ? { keepUnknown: true } : {};
  return load(gateway, { action, text, source: from, guarded: true, ...relative, ...keepUnknown }, caller);
}

type LoadRequest = Omit<Extract<Parameters<Gateway["candidates"]["apply"]>[0], { kind: "load" }>, "kind">;

function load(
  gateway: Gateway,
  request: LoadRequest,
  { session, access }: Pick<CommandCaller, "session" | "access">,
): CommandResult {
  const { diagnostics } = gateway.candidates.apply({ kind: "load", ...request }, session, judgeFor(access));
  const errorCount = diagnostics.filter(({ severity }) => severity === "error").length;
  if (errorCount === 0) return withDiagnostics(true, "load complete\n", diagnostics);
  const text = `error: load failed (${errorCount} error${errorCount === 1 ? "" : "s"}); the candidate is unchanged\n`;
  return withDiagnostics(false, text, diagnostics);
}

export async function rollbackCommand(
  gateway: Gateway,
  words: readonly string[],
  { session }: CommandCaller,
): Promise<CommandResult> {
  const [word = "0", ...others] = words;
  const number = word === "rescue" ? "rescue" : parseRollback(word);
  if (number === undefined || others.length > 0) {
    return refused(`rollback takes a number from 0 to ${revisionsKeptMax - 1}, or rescue`);
  }
  if (number === 0) {
    gateway.candidates.discard(session);
    return said("load complete\n");
  }
  const text = number === "rescue" ? await readRescueText(gateway) : await readRollbackText(gateway, number);
  // Who may roll back may go back to whatever was in force.
  const change = { action: "override" as const, text, source: `rollback ${number}`, keepUnknown: true };
  return load(gateway, change, session === undefined ? {} : { session });
}

export function updateCommand(gateway: Gateway, { session }: CommandCaller): CommandResult {
  if (session === undefined) return refused("update is for private candidates, which only a session has");
  return withDiagnostics(true, "", describeConflicts(gateway.candidates.update(session), "warning"));
}

export function statusCommand(gateway: Gateway): CommandResult {
  const editors = gateway.candidates.editors();
  if (editors.length === 0) return said("No users currently editing the configuration\n");
  return said(statusOf(gateway, editors));
}

export function configureCommand(
  gateway: Gateway,
  words: readonly string[],
  { session }: CommandCaller,
): CommandResult {
  const mode = editMode(words);
  if (mode === undefined)
    return refused(`"${words.join(" ")}" is not expected here`, "usage: configure [private | exclusive]");
  if (session === undefined) {
    return refused(
      "only a session can enter configuration mode",
      "without one, lines work on the shared candidate at once",
    );
  }
  const { candidates } = gateway;
  const others = candidates.editors();
  candidates.configure(session, mode);
  const users = others.length === 0 ? "" : statusOf(gateway, others);
  const modified = mode === "shared" && candidates.sharedIsModified;
  const changed = modified ? "The configuration has been changed but not committed\n" : "";
  return said(`${mode === "shared" ? "" : willBeDiscarded}Entering configuration mode\n${users}${changed}`);
}

export function exitCommand(
  gateway: Gateway,
  words: readonly string[],
  { session, asks, text }: CommandCaller,
): CommandAnswer {
  if (words.length > 0 && words.join(" ") !== "configuration-mode")
    return refused(`"${words.join(" ")}" is not expected here`);
  if (session?.mode === undefined) return refused("this is not configuration mode");
  const { candidates } = gateway;
  const isShared = session.mode === "shared";
  if (asks === true && candidates.isModified(session)) {
    const question = isShared ? leaveShared : leavePrivate;
    const reply = text === undefined ? undefined : isYes(text);
    if (reply === undefined) return { ...said(question.about), questions: [{ text: question.text }] };
    if (!reply) return said("");
  }
  const left = isShared && candidates.sharedIsModified && asks !== true;
  const { discarded } = candidates.leave(session);
  const note = discarded ? "uncommitted changes were discarded\n" : "";
  return said(`${left ? "The configuration has been changed but not committed\n" : note}Exiting configuration mode\n`);
}

const leaveShared = {
  about: "The configuration has been changed but not committed\n",
  text: "Exit with uncommitted changes? [yes,no] (yes) ",
};
const leavePrivate = {
  about: "warning: private edits for this configuration will be lost\n",
  text: "Discard uncommitted changes? [yes,no] (yes) ",
};

/** Undefined when it is neither, and must be asked again. */
function isYes(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (word === "") return true;
  if ("yes".startsWith(word)) return true;
  return "no".startsWith(word) ? false : undefined;
}

function statusOf(gateway: Gateway, sessions: readonly Session[]): string {
  return `Users currently editing the configuration:\n${sessions.map((it) => describeSession(it, gateway.nowMs())).join("")}`;
}

function editMode(words: readonly string[]): EditMode | undefined {
  const [word = "shared", ...others] = words;
  return others.length === 0 && (word === "shared" || word === "private" || word === "exclusive") ? word : undefined;
}
