// What may stand next in a line as it is typed: the words of commands, what stands in the configuration, and what may stand
// behind a pipe. What the configuration language completes is junos/complete.ts, what operational lines do is ops/.

import { completeLine } from "@merlon/junos/complete.ts";
import type { Candidate } from "@merlon/junos/complete.ts";
import { splitLine } from "@merlon/junos/split-line.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { levelVerbHelp } from "@merlon/junos/verbs.ts";
import { loadActions } from "../candidate/load-actions.ts";
import type { Session } from "../candidate/edit-session.ts";
import { formatUtc } from "../commit/commit-time.ts";
import type { Gateway } from "../gateway.ts";
import { completeOperation, isWhole } from "../ops/complete-operation.ts";
import { commandHelp, editWords, isModeWord, levelHelp } from "./command-help.ts";
import type { ModeWord } from "./command-help.ts";
import { commitOptions, confirmMinutesMax, parseCommit } from "./parse-commit.ts";
import { configurationPipeHelp, displayHelp, pipeHelp, splitPipes } from "./pipe.ts";

export interface CompletionCaller {
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
  const { command, pipes } = splitPipes(line);
  if (pipes.length > 0) return completePipe(gateway, command, line.slice(line.lastIndexOf("|") + 1), pipes.length);
  const { words, partial } = splitLine(line);
  const candidates = await candidatesBehind(gateway, { line, words, partial }, caller);
  const pipe = partial === "" && isShown(words, caller) ? [{ word: "|", help: "Filter the answer", final: false }] : [];
  return [...candidates, ...pipe];
}

interface Typed {
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
  const level = caller.at === undefined ? {} : { at: caller.at };
  const candidate = gateway.candidates.tree(caller.session);
  const running = gateway.running?.prepared.tree ?? emptyTree;
  if (editWords.has(first) || (caller.at !== undefined && first === "edit"))
    return completeLine(candidate, line, level).candidates;
  if (!isModeWord(first)) return completeOperation(words, partial, running);
  switch (first) {
    case "show": {
      if (rest[0] === "configuration")
        return completeLine(running, line.replace(/^\s*show\s+configuration/, "show")).candidates;
      const shown = isConfiguring(caller)
        ? completeLine(candidate, line, level).candidates
        : completeOperation(words, partial, running);
      return rest.length > 0 || !inForce.word.startsWith(partial) ? shown : [inForce, ...shown];
    }
    case "run": {
      if (rest[0] === "show" && rest[1] === "configuration")
        return completeLine(running, line.replace(/^\s*run\s+show\s+configuration/, "show")).candidates;
      const shown = completeOperation(rest, partial, running);
      const offered = rest.length === 1 && rest[0] === "show" && inForce.word.startsWith(partial);
      return offered ? [inForce, ...shown] : shown;
    }
    default: {
      const following = await behindModeWord(gateway, first, rest, caller);
      return following.filter(({ word }) => word.startsWith(partial));
    }
  }
}

const inForce: Candidate = { word: "configuration", help: "Show the configuration in force", final: true };

function isConfiguring({ session, at }: CompletionCaller): boolean {
  return at !== undefined || session?.mode !== undefined;
}

function firstWords(partial: string, caller: CompletionCaller): readonly Candidate[] {
  const own = wordsOf(caller.at === undefined ? commandHelp : levelHelp);
  const operations = completeOperation([], partial, emptyTree);
  const all = new Map([...own, ...operations].map((candidate) => [candidate.word, candidate] as const));
  // What both have, `show`, is one word with the help of the whole.
  for (const candidate of own) all.set(candidate.word, candidate);
  return [...all.values()]
    .filter(({ word }) => word.startsWith(partial))
    .toSorted((a, b) => (a.word < b.word ? -1 : 1));
}

const standAlone: ReadonlySet<string> = new Set<string>([
  "commit", "exit", "help", "quit", "rollback", "configure", "show", "status", "update",
  ...Object.keys(levelVerbHelp).filter((word) => word !== "edit"),
]); // prettier-ignore

function wordsOf(help: Readonly<Record<string, string>>): Candidate[] {
  return Object.entries(help).map(([word, about]) => ({ word, help: about, final: standAlone.has(word) }));
}

/** True when the line so far is a whole one whose answer can be filtered. */
function isShown([first, ...rest]: readonly string[], caller: CompletionCaller): boolean {
  if (first !== "show" && first !== "run") return first !== undefined && isWhole([first, ...rest]);
  if (first === "run") return isWhole(rest);
  return rest.length === 0 || rest[0] === "configuration" || isConfiguring(caller) || isWhole([first, ...rest]);
}

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
    case "help":
    case "status":
    case "update":
      return [];
  }
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

async function completePipe(
  gateway: Gateway,
  command: string,
  text: string,
  position: number,
): Promise<readonly Candidate[]> {
  const { words, partial } = splitLine(text);
  const isConfiguration = splitLine(`${command} `).words[0] === "show";
  const found = await behindPipe(gateway, words, isConfiguration, position);
  return found.filter(({ word }) => word.startsWith(partial));
}

async function behindPipe(
  gateway: Gateway,
  [name, ...rest]: readonly string[],
  isConfiguration: boolean,
  position: number,
): Promise<readonly Candidate[]> {
  if (name === undefined) {
    const own = isConfiguration ? Object.entries(configurationPipeHelp) : [];
    const first = own.filter(([word]) => position === 1 || word !== "compare");
    return [
      ...first.map(([word, help]) => ({ word, help, final: word === "compare" })),
      ...Object.entries(pipeHelp).map(([word, { help, placeholder }]) => ({
        word,
        help,
        final: placeholder === undefined,
      })),
    ];
  }
  if (name === "compare" && isConfiguration) {
    if (rest.length === 0) return [{ word: "rollback", help: "With an earlier commit", final: false }];
    return rest.length === 1 && rest[0] === "rollback" ? revisions(gateway) : [];
  }
  if (name === "display" && isConfiguration) {
    if (rest.length === 0) return Object.entries(displayHelp).map(([word, help]) => ({ word, help, final: true }));
    const noComments = { word: "no-comments", help: "Without saying where each statement comes from", final: true };
    return rest.length === 1 && rest[0] === "inheritance" ? [noComments] : [];
  }
  const placeholder = Object.hasOwn(pipeHelp, name) ? pipeHelp[name as keyof typeof pipeHelp].placeholder : undefined;
  if (placeholder === undefined || rest.length > 0) return [];
  return [{ word: placeholder, help: "Text, without regard to case", final: true }];
}
