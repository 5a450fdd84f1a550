// What may stand next in a line as it is typed: the words of commands, what stands in the configuration, and what may stand
// behind a pipe. What the configuration language completes is junos/complete.ts, what operational lines do is ops/.

import { completeLine } from "@merlon/junos/complete.ts";
import type { Candidate } from "@merlon/junos/complete.ts";
import { splitLine } from "@merlon/junos/split-line.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { levelVerbHelp } from "@merlon/junos/verbs.ts";
import { lineMayEnd } from "./line-may-end.ts";
import { loadActions } from "../candidate/load-actions.ts";
import type { Session } from "../candidate/edit-session.ts";
import { formatUtc } from "../commit/commit-time.ts";
import type { Access } from "../access/access.ts";
import { visibleTree } from "../access/visible-tree.ts";
import type { Gateway } from "../gateway.ts";
import { listShownFiles } from "../store/shown-files.ts";
import { completeOperation, isWhole, mayNameFile } from "../ops/complete-operation.ts";
import { typedOperations } from "../ops/operations.ts";
import { modeOf } from "./command-caller.ts";
import { editWords, firstWordsOf, isModeWord } from "./command-help.ts";
import type { ModeWord } from "./command-help.ts";
import { expandLine } from "./expand-line.ts";
import { helpKinds } from "./help-command.ts";
import { readLevelLine } from "./level-command.ts";
import { commitOptions, confirmMinutesMax, parseCommit } from "./parse-commit.ts";
import { operationDisplays } from "./display.ts";
import { configurationPipeHelp, displayHelp, displayOptionHelp, isPipe, pipeHelp, splitPipes } from "./pipe.ts";
import { placedWords } from "@merlon/shell/line-parts.ts";

export interface CompletionCaller {
  /** What he may do; everything when absent. */
  readonly access?: Access;
  readonly session?: Session;
  /** The level of the line, as set-style words; when given the line is of configuration mode. */
  readonly at?: readonly string[];
}

/** `line` ends at the cursor. */
export async function completeCommand(
  gateway: Gateway,
  line: string,
  caller: CompletionCaller = {},
): Promise<readonly Candidate[]> {
  const whole = writtenOut(gateway, line, caller);
  if (whole === undefined) return [];
  const { command, pipes } = splitPipes(whole);
  if (pipes.length > 0) {
    const isConfiguration = isConfigurationShown(splitLine(`${command} `).words, caller);
    return completePipe(gateway, isConfiguration, whole.slice(whole.lastIndexOf("|") + 1), pipes.length);
  }
  const { words, partial } = splitLine(whole);
  const candidates = await candidatesBehind(gateway, { line: whole, words, partial }, caller);
  const mayEnd = partial === "" && lineMayEnd(gateway, { line: whole, words, partial }, caller);
  const pipe = mayEnd ? [{ word: "|", help: "Filter the answer", final: false }] : [];
  return [...candidates, ...pipe];
}

/** The line with its finished words written out; undefined when one of them may mean several. */
function writtenOut(gateway: Gateway, line: string, caller: CompletionCaller): string | undefined {
  const { partial } = splitLine(line.slice(line.lastIndexOf("|") + 1));
  const finished = partial === "" ? line : line.slice(0, line.lastIndexOf(partial));
  const expanded = expandLine(gateway, finished, caller);
  // A quote is open: there is nothing to shorten behind it.
  if (expanded === undefined) return line;
  return expanded.ambiguous === undefined ? expanded.line + line.slice(finished.length) : undefined;
}

export interface Typed {
  readonly line: string;
  readonly words: readonly string[];
  readonly partial: string;
}

async function candidatesBehind(
  gateway: Gateway,
  typed: Typed,
  caller: CompletionCaller,
): Promise<readonly Candidate[]> {
  const { line, words, partial } = typed;
  const [first, ...rest] = words;
  if (first === undefined) return firstWords(partial, caller);
  const mode = modeOf(caller);
  const level = caller.at === undefined ? {} : { at: caller.at };
  const candidate = visible(gateway, gateway.candidates.tree(caller.session), caller);
  const running = visible(gateway, gateway.running?.prepared.tree ?? emptyTree, caller);
  if (mode === "configuration" && (first === "top" || first === "up")) return behindLevel(gateway, line, caller);
  if ((mode !== "operational" && editWords.has(first)) || (mode === "configuration" && first === "edit"))
    return completeLine(candidate, line, level).candidates;
  if (!isModeWord(first))
    return mode === "configuration" ? [] : operational(gateway, { words, partial }, running, caller);
  if (mode !== "either" && !Object.hasOwn(firstWordsOf(mode), first)) return [];
  switch (first) {
    case "show": {
      if (rest[0] === "configuration")
        return completeLine(running, line.replace(/^\s*show\s+configuration/, "show")).candidates;
      const shown =
        mode === "configuration"
          ? completeLine(candidate, line, level).candidates
          : await operational(gateway, { words, partial }, running, caller);
      return rest.length > 0 || !inForce.word.startsWith(partial) ? shown : [inForce, ...shown];
    }
    case "run": {
      if (rest.length === 0) return firstOperations(partial);
      if (rest[0] === "show" && rest[1] === "configuration")
        return completeLine(running, line.replace(/^\s*run\s+show\s+configuration/, "show")).candidates;
      const shown = await operational(gateway, { words: rest, partial }, running, caller);
      const offered = rest.length === 1 && rest[0] === "show" && inForce.word.startsWith(partial);
      return offered ? [inForce, ...shown] : shown;
    }
    default: {
      const following = await behindModeWord(gateway, first, rest, caller);
      return following.filter(({ word }) => word.startsWith(partial));
    }
  }
}

async function operational(
  gateway: Gateway,
  { words, partial }: Pick<Typed, "words" | "partial">,
  tree: ConfigNode,
  { access }: CompletionCaller,
): Promise<readonly Candidate[]> {
  const namesFiles = mayNameFile(words) && access?.mayRun(words.join(" ")) !== false;
  const files = namesFiles ? await listShownFiles(gateway.store) : [];
  return completeOperation(words, partial, { tree, files });
}

/** What a user may see of a tree is worked out once for it, and again when the configuration says something else of him. */
const visibleTrees = new WeakMap<
  ConfigNode,
  { readonly by: ConfigNode | undefined; readonly user: string; readonly tree: ConfigNode }
>();

function visible(gateway: Gateway, tree: ConfigNode, { access }: CompletionCaller): ConfigNode {
  if (access === undefined || (access.unlimited && access.seesSecrets)) return tree;
  const by = gateway.running?.prepared.tree;
  const known = visibleTrees.get(tree);
  if (known !== undefined && known.by === by && known.user === access.user) return known.tree;
  const made = { by, user: access.user, tree: visibleTree(access, tree) };
  visibleTrees.set(tree, made);
  return made.tree;
}

const inForce: Candidate = { word: "configuration", help: "Show the configuration in force", final: true };

/** A command that is carried out at another level. */
async function behindLevel(gateway: Gateway, line: string, caller: CompletionCaller): Promise<readonly Candidate[]> {
  const { level, command } = readLevelLine(line, placedWords(line) ?? [], caller.at ?? []);
  if (command === "" && !/\s$/.test(line)) return [];
  const found = await completeCommand(gateway, command, { ...caller, at: level });
  if (splitLine(command).words.length > 0) return found;
  return found.filter(({ word }) => editWords.has(word) || word === "show" || word === "edit");
}

function firstWords(partial: string, caller: CompletionCaller): readonly Candidate[] {
  const words = Object.entries(firstWordsOf(modeOf(caller)));
  return words
    .filter(([word]) => word.startsWith(partial) && mayBegin(word, caller))
    .map(([word, help]) => ({ word, help, final: standAlone.has(word) || isWhole([word]) }))
    .toSorted((a, b) => (a.word < b.word ? -1 : 1));
}

/** A word behind which nothing is allowed is not offered. */
function mayBegin(word: string, { access }: CompletionCaller): boolean {
  if (access === undefined || !Object.hasOwn(firstWordsOf("operational"), word)) return true;
  if (word === "exit" || word === "quit" || word === "help" || word === "show") return true;
  const commands = typedOperations.filter(({ words }) => words[0] === word).map(({ words }) => words.join(" "));
  return (commands.length === 0 ? [word] : commands).some((command) => access.mayRun(command));
}

function firstOperations(partial: string): readonly Candidate[] {
  const words = Object.entries(firstWordsOf("operational")).filter(([word]) => !isModeWord(word) || word === "show");
  return words
    .filter(([word]) => word.startsWith(partial))
    .map(([word, help]) => ({ word, help, final: isWhole([word]) }))
    .toSorted((a, b) => (a.word < b.word ? -1 : 1));
}

const standAlone: ReadonlySet<string> = new Set<string>([
  "commit", "exit", "help", "quit", "rollback", "configure", "show", "status", "update",
  ...Object.keys(levelVerbHelp).filter((word) => word !== "edit"),
]); // prettier-ignore

// --- commands without a path -----------------------------------------------------------------------------------------

async function behindModeWord(
  gateway: Gateway,
  first: Exclude<ModeWord, "show" | "run">,
  rest: readonly string[],
  caller: CompletionCaller,
): Promise<readonly Candidate[]> {
  switch (first) {
    case "commit":
      return behindCommit(rest);
    case "load":
      return behindLoad(rest, caller);
    case "rollback":
      return rest.length > 0
        ? []
        : [...(await revisions(gateway)), { word: "rescue", help: "The rescue configuration", final: true }];
    case "configure":
      return rest.length > 0
        ? []
        : [
            { word: "exclusive", help: "Nobody else may edit or commit", final: true },
            { word: "private", help: "Edit a candidate of one's own", final: true },
          ];
    case "exit":
    case "quit":
      return rest.length > 0 ? [] : [{ word: "configuration-mode", help: "Leave it, whatever the level", final: true }];
    case "replace":
      return behindReplace(rest);
    case "help":
      return rest.length > 0 ? [] : Object.entries(helpKinds).map(([word, help]) => ({ word, help, final: false }));
    case "status":
    case "update":
      return [];
  }
}

function behindReplace(words: readonly string[]): readonly Candidate[] {
  const steps: readonly Candidate[] = [
    { word: "pattern", help: "What is to be replaced", final: false },
    { word: "<pattern>", help: "Regular expression, with regard to case", final: false },
    { word: "with", help: "What stands in its place", final: false },
    { word: "<text>", help: "The new text", final: true },
    { word: "upto", help: "Only the first places", final: false },
    { word: "<number>", help: "How many places", final: true },
  ];
  return steps.slice(words.length, words.length + 1);
}

/** An option is offered when the parser takes the line with it. */
function behindCommit(words: readonly string[]): readonly Candidate[] {
  const last = words.at(-1) ?? "";
  const isOption = Object.hasOwn(commitOptions, last) && parseCommit(words).kind === "wrong";
  const values = isOption ? commitOptions[last as keyof typeof commitOptions].followedBy : [];
  if (values.length > 0) return values.map((value) => ({ ...value, final: true }));
  const options = Object.entries(commitOptions).flatMap(([word, { help, followedBy }]): Candidate[] => {
    const line = [...words, word, ...(followedBy.length > 0 ? ["reboot"] : [])];
    return parseCommit(line).kind === "wrong" ? [] : [{ word, help, final: followedBy.length === 0 }];
  });
  const minutes = { word: `<1..${confirmMinutesMax}>`, help: "Minutes until it is rolled back (10)", final: true };
  const force = { word: "force", help: "Accepted, and without meaning here", final: true };
  return [...(last === "confirmed" ? [minutes] : []), ...(last === "synchronize" ? [force] : []), ...options];
}

function behindLoad(words: readonly string[], { at }: CompletionCaller): readonly Candidate[] {
  const [action, from, ...choices] = words;
  if (action === undefined) {
    const actions = loadActions.map((one) => ({ ...one, final: false }));
    return [...actions, { word: "factory-default", help: "Load what a new gateway has", final: true }];
  }
  if (!loadActions.some(({ word }) => word === action)) return [];
  if (from === undefined) {
    return [
      { word: "terminal", help: "Read what is typed or pasted next", final: true },
      { word: "<file>", help: "Name of a file that the client reads", final: true },
    ];
  }
  const relative = { word: "relative", help: "The text is relative to this level", final: true };
  const keepUnknown = { word: "keep-unknown", help: "Keep statements that are not known", final: true };
  return [...(at === undefined ? [] : [relative]), keepUnknown].filter(({ word }) => !choices.includes(word));
}

/** The numbers that `rollback` knows, with who committed what when. */
async function revisions({ store }: Gateway): Promise<readonly Candidate[]> {
  const numbers = await store.listRevisions();
  const found = await Promise.all(
    numbers.map(async (number, rollback) => {
      const summary = await store.readSummary(number);
      if (summary === undefined) return [];
      const { atMs, user, via, comment } = summary;
      const why = comment === undefined ? "" : `: ${comment}`;
      return [{ word: String(rollback), help: `${formatUtc(atMs)} by ${user} via ${via}${why}`, final: true }];
    }),
  );
  return found.flat();
}

// --- pipes -----------------------------------------------------------------------------------------------------------

/** True when the answer is a configuration, which has pipes of its own. */
function isConfigurationShown([first, second, third]: readonly string[], caller: CompletionCaller): boolean {
  if (first === "run") return second === "show" && third === "configuration";
  if (first !== "show") return false;
  return (
    second === "configuration" ||
    modeOf(caller) === "configuration" ||
    (second === undefined && caller.session === undefined)
  );
}

async function completePipe(
  gateway: Gateway,
  isConfiguration: boolean,
  text: string,
  position: number,
): Promise<readonly Candidate[]> {
  const { words, partial } = splitLine(text);
  const found = await behindPipe(gateway, words, isConfiguration, position);
  return found.filter(({ word }) => word.startsWith(partial));
}

async function behindPipe(
  gateway: Gateway,
  [name, ...rest]: readonly string[],
  isConfiguration: boolean,
  position: number,
): Promise<readonly Candidate[]> {
  if (name === undefined) return pipeNames(isConfiguration, position);
  if (name === "compare" && isConfiguration) {
    if (rest.length === 0) return [{ word: "rollback", help: "With an earlier commit", final: false }];
    return rest.length === 1 && rest[0] === "rollback" ? revisions(gateway) : [];
  }
  if (name === "display") return behindDisplay(isConfiguration, position, rest);
  if (!isPipe(name) || rest.length > 0) return [];
  const { placeholder, about = "" } = pipeHelp[name];
  return placeholder === undefined ? [] : [{ word: placeholder, help: about, final: true }];
}

function pipeNames(isConfiguration: boolean, position: number): readonly Candidate[] {
  const own = Object.entries(configurationPipeHelp).filter(([word]) =>
    word === "compare" ? isConfiguration && position === 1 : isConfiguration || position === 1,
  );
  return [
    ...own.map(([word, help]) => ({ word, help, final: word === "compare" })),
    ...Object.entries(pipeHelp).map(([word, { help, placeholder, alone }]) => ({
      word,
      help,
      final: placeholder === undefined || alone === true,
    })),
  ];
}

function behindDisplay(isConfiguration: boolean, position: number, rest: readonly string[]): readonly Candidate[] {
  if (!isConfiguration) {
    const forms = position > 1 ? [] : operationDisplays.map((form) => form.split(" "));
    const next = forms.filter((form) => form.length > rest.length && rest.every((word, at) => form[at] === word));
    const words = new Set(next.map((form) => form[rest.length] ?? ""));
    return [...words].map((word) => ({ word, help: displayFormHelp[word] ?? "", final: true }));
  }
  if (rest.length === 0) return Object.entries(displayHelp).map(([word, help]) => ({ word, help, final: true }));
  const [form = ""] = rest;
  const option = rest.length === 1 && isDisplay(form) ? displayOptionHelp[form] : undefined;
  return option === undefined ? [] : [{ word: option[0], help: option[1], final: true }];
}

function isDisplay(word: string): word is keyof typeof displayHelp {
  return Object.hasOwn(displayHelp, word);
}

const displayFormHelp: Readonly<Record<string, string>> = {
  xml: "XML, as NETCONF answers it",
  json: "JSON",
  rpc: "The NETCONF request that asks the same",
};
