// Lines that change the level of a client that keeps one: `edit`, `up`, `top`. Behind `top` and `up` may stand a command
// that is carried out there without going there.

import { changeLevel } from "@merlon/junos/level.ts";
import { parseText } from "@merlon/junos/parse.ts";
import { Report } from "@merlon/junos/report.ts";
import { refused, withDiagnostics } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";
import type { PlacedWord } from "@merlon/shell/line-parts.ts";

export interface LevelLine {
  /** The level that the line leads to. */
  readonly level: readonly string[];
  /** What is to be carried out at that level, in place of going there; empty when the line goes there. */
  readonly command: string;
}

const upCountMax = 128;

/** `edit PATH`: the new level, or what is wrong with it. */
export function editLevel(line: string, at: readonly string[]): CommandAnswer {
  const report = new Report();
  const [part] = parseText(line, "<prompt>", report).parts;
  if (part?.kind !== "level") return withDiagnostics(false, "", report.diagnostics);
  const levels = changeLevel([at], part, report);
  if (report.errorCount > 0) return withDiagnostics(false, "", report.diagnostics);
  return { ok: true, text: "", diagnostics: [], level: levels.at(-1) ?? [] };
}

/** `top …` and `up [N] …`. */
export function readLevelLine(line: string, words: readonly PlacedWord[], at: readonly string[]): LevelLine {
  const [verb, second] = words;
  if (verb === undefined || verb.text === "top") return { level: [], command: line.slice(verb?.end ?? 0).trimStart() };
  const number = second !== undefined && /^\d{1,3}$/.test(second.text) ? second : undefined;
  const count = Math.min(Number(number?.text ?? 1), upCountMax);
  let level = at;
  for (let step = 0; step < count && level.length > 0; step++) level = above(level);
  return { level, command: line.slice((number ?? verb).end).trimStart() };
}

/** The level above, which may be several words shorter: `policies from-zone a to-zone b` stands below `policies`. */
function above(level: readonly string[]): readonly string[] {
  const report = new Report();
  const [part] = parseText("up", "<prompt>", report).parts;
  if (part?.kind !== "level") return [];
  return changeLevel([[], level], part, report).at(-1) ?? [];
}

/** A command behind `top` or `up` that cannot stand there. */
export function refusedThere(command: string): CommandAnswer | undefined {
  return /^\s*(?:run|configure|exit|quit|commit)\b/.test(command)
    ? refused("only edits, show and edit can follow top or up")
    : undefined;
}
