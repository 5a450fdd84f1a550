// `| refresh N`: the answer to a command that shows something, and again every N seconds until the reader ends it. Each
// time the command is carried out as if it had been typed, so that it shows what is true then, and may be refused then.

import { setTimeout as sleep } from "node:timers/promises";
import { cutPipes, splitWords } from "@merlon/shell/line-parts.ts";
import { refused } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";

/** A week, as on the original. */
export const refreshSecondsMax = 604_800;

export type Refresh = { readonly line: string; readonly everySeconds: number } | { readonly wrong: string };

/** Undefined for a line without that pipe. */
export function readRefresh(line: string): Refresh | undefined {
  const [command, ...pipes] = cutPipes(line);
  const words = pipes.map(({ text }) => splitWords(text) ?? []);
  const at = words.findIndex(([name]) => name === "refresh");
  const pipe = pipes[at];
  if (pipe === undefined) return undefined;
  if (at !== pipes.length - 1) return { wrong: "nothing may follow | refresh" };
  const [, seconds = "", ...others] = words[at] ?? [];
  const everySeconds = /^\d{1,6}$/.test(seconds) ? Number(seconds) : 0;
  if (everySeconds < 1 || everySeconds > refreshSecondsMax || others.length > 0)
    return { wrong: `| refresh takes a number of seconds from 1 to ${refreshSecondsMax}` };
  const [first, second] = splitWords(command.text) ?? [];
  if (first !== "show" && !(first === "run" && second === "show"))
    return { wrong: "| refresh repeats what is shown: it may follow show, and no other command" };
  return { line: line.slice(0, pipe.start - 1), everySeconds };
}

export interface RefreshOptions {
  readonly everySeconds: number;
  readonly nowMs: () => number;
  /** Absent: nobody would read more than one answer. */
  readonly signal?: AbortSignal | undefined;
}

/** The first answer with those that follow; a refused one is the last. */
export async function refreshed(
  run: () => Promise<CommandAnswer>,
  { everySeconds, nowMs, signal }: RefreshOptions,
): Promise<CommandAnswer> {
  if (signal === undefined) return refused("| refresh goes on until it is interrupted; it needs a shell");
  const textOf = ({ text }: CommandAnswer): string => `---(refreshed at ${timeText(nowMs())})---\n${text}`;
  const first = await run();
  if (!first.ok) return first;
  async function* others(ended: AbortSignal): AsyncGenerator<string> {
    for (;;) {
      await sleep(everySeconds * 1_000, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) return;
      const answer = await run();
      yield textOf(answer);
      if (!answer.ok) return;
    }
  }
  return { ok: true, text: textOf(first), diagnostics: [], more: others(signal), live: true };
}

/** `2026-11-22 06:30:00 UTC`. */
function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
