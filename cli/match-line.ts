// One line of a batch of flows, and its answer.

import type { Ir } from "@merlon/compiler/ir.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import { flowFields, flowOf } from "./flow.ts";
import { actions, verdictOf, wrongZone } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

export type LineAnswer = { readonly line: number; readonly id?: unknown } & (
  | (Verdict & { readonly expected?: string; readonly asExpected?: boolean })
  | { readonly error: string }
);

export interface MatchedLine {
  readonly answer: LineAnswer;
  /** The line was understood, and what it expects is what happens. */
  readonly good: boolean;
}

const names = [...flowFields.map(({ name }) => name), "id", "expect"];

export function matchLine(ir: Ir, line: string, lineNumber: number): MatchedLine {
  const wrong = (error: string, id?: unknown): MatchedLine => {
    const head = id === undefined ? { line: lineNumber } : { line: lineNumber, id };
    return { answer: { ...head, error }, good: false };
  };
  const members = objectOf(line);
  if (typeof members === "string") return wrong(members);
  const { id, expect, ...rest } = members;
  const words: Record<string, string> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (!names.includes(name))
      return wrong(`there is no member ${shownWord(name)}${hint(didYouMean(name, names))}`, id);
    if (value === null) continue;
    if (typeof value !== "string" && typeof value !== "number")
      return wrong(`${name} is neither a text nor a number`, id);
    words[name] = String(value);
  }
  const expected = actions.find((action) => action === expect);
  if (expect !== undefined && expected === undefined) return wrong(`expect is not one of ${actions.join(", ")}`, id);
  const result = flowOf(words, ({ name }) => name);
  if ("error" in result) return wrong(result.error, id);
  const zoneError = wrongZone(ir, result.flow);
  if (zoneError !== undefined) return wrong(zoneError, id);
  const verdict = verdictOf(ir, result.flow);
  const head = id === undefined ? { line: lineNumber } : { line: lineNumber, id };
  if (expected === undefined) return { answer: { ...head, ...verdict }, good: true };
  const asExpected = verdict.action === expected;
  return { answer: { ...head, ...verdict, expected, asExpected }, good: asExpected };
}

function hint(near: string | undefined): string {
  return near === undefined ? `; there are ${names.join(", ")}` : `; ${near}`;
}

/** The members of the object on a line, or what is wrong with the line. */
function objectOf(line: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return "the line is no JSON object";
  } catch (error) {
    return `the line is no JSON: ${(error as Error).message}`;
  }
}
