// Regular expressions that an operator may type, matched in time linear in the text: an automaton that follows all
// readings at once, with its subsets kept as they are met (Thompson 1968). JavaScript's own matcher can take for ever on
// `(a+)+$`, and one line at a prompt must never stop a firewall. Syntax: POSIX extended, with \d \w \s and (?:…).

import { parsePattern } from "./pattern-syntax.ts";
import type { CharacterSet, PatternNode } from "./pattern-syntax.ts";

/** Steps of the automaton; counted repetitions are written out. */
const stepCountMax = 10_000;
/** Subsets that are kept; more make room by forgetting all. */
const subsetCountMax = 512;
const transitionCountMax = 20_000;

export interface PatternOptions {
  readonly ignoreCase?: boolean;
  /** It must begin where the text begins. */
  readonly fromStart?: boolean;
}

/** Where a step leads is an index into the automaton. */
type Step =
  | { readonly kind: "take"; readonly set: CharacterSet; readonly next: number }
  | { readonly kind: "either"; readonly nexts: readonly number[] }
  | { readonly kind: "start"; readonly next: number }
  | { readonly kind: "end"; readonly next: number }
  | { readonly kind: "match" };

interface Subset {
  readonly steps: readonly number[];
  readonly matches: boolean;
  readonly matchesAtEnd: boolean;
  readonly nexts: Map<number, Subset>;
}

/** The pattern, or a sentence that says what is wrong with it. */
export function compilePattern(text: string, options: PatternOptions = {}): LinearPattern | { readonly error: string } {
  const parsed = parsePattern(text);
  if ("error" in parsed) return parsed;
  const steps: Step[] = [{ kind: "match" }];
  const first = build(parsed.node, 0, steps);
  if (first === undefined) return { error: "the pattern is too large: fewer or smaller repetitions" };
  return new LinearPattern(steps, first, options);
}

/** Adds the steps of a node in front of `next`; answers where they begin, undefined when they are too many. */
function build(node: PatternNode, next: number, steps: Step[]): number | undefined {
  const add = (step: Step): number | undefined => (steps.length >= stepCountMax ? undefined : steps.push(step) - 1);
  switch (node.kind) {
    case "set":
      return add({ kind: "take", set: node.set, next });
    case "start":
    case "end":
      return add({ kind: node.kind, next });
    case "sequence": {
      let at: number | undefined = next;
      for (const part of node.parts.toReversed()) {
        at = build(part, at, steps);
        if (at === undefined) return undefined;
      }
      return at;
    }
    case "choice": {
      const nexts: number[] = [];
      for (const part of node.parts) {
        const at = build(part, next, steps);
        if (at === undefined) return undefined;
        nexts.push(at);
      }
      return add({ kind: "either", nexts });
    }
    case "repeat":
      return buildRepeat(node, next, steps);
  }
}

function buildRepeat(
  { part, min, max }: Extract<PatternNode, { readonly kind: "repeat" }>,
  next: number,
  steps: Step[],
): number | undefined {
  let at: number | undefined = next;
  if (max === undefined) {
    if (steps.length >= stepCountMax) return undefined;
    // The loop's own place is known before what it repeats.
    const loop = steps.push({ kind: "either", nexts: [] }) - 1;
    const body = build(part, loop, steps);
    if (body === undefined) return undefined;
    steps[loop] = { kind: "either", nexts: [body, next] };
    at = loop;
  } else {
    for (let count = min; count < max; count++) {
      const body = build(part, at, steps);
      if (body === undefined || steps.length >= stepCountMax) return undefined;
      at = steps.push({ kind: "either", nexts: [body, next] }) - 1;
    }
  }
  for (let count = 0; count < min; count++) {
    at = build(part, at, steps);
    if (at === undefined) return undefined;
  }
  return at;
}

export class LinearPattern {
  readonly #steps: readonly Step[];
  readonly #first: number;
  readonly #ignoreCase: boolean;
  readonly #fromStart: boolean;
  readonly #subsets = new Map<string, Subset>();
  #transitionCount = 0;
  #begin: Subset | undefined;

  constructor(steps: readonly Step[], first: number, { ignoreCase = false, fromStart = false }: PatternOptions) {
    this.#steps = steps;
    this.#first = first;
    this.#ignoreCase = ignoreCase;
    this.#fromStart = fromStart;
  }

  /** True when the pattern is found anywhere in the text. */
  test(text: string): boolean {
    let subset = (this.#begin ??= this.#subsetOf(this.#reach([this.#first], true, false)));
    for (const character of text) {
      if (subset.matches) return true;
      subset = this.#next(subset, character.codePointAt(0) ?? 0);
    }
    return subset.matches || (text === "" ? this.#matchesEmpty() : subset.matchesAtEnd);
  }

  /**
   * Where the match that goes furthest ends, in characters; undefined when the pattern is not found. `atStart` false: the text
   * is the rest of another, so that `^` means nothing in it.
   */
  reach(text: string, { atStart = true }: { readonly atStart?: boolean } = {}): number | undefined {
    let subset = atStart
      ? (this.#begin ??= this.#subsetOf(this.#reach([this.#first], true, false)))
      : this.#subsetOf(this.#reach([this.#first], false, false));
    let furthest = subset.matches ? 0 : undefined;
    let at = 0;
    for (const character of text) {
      subset = this.#next(subset, character.codePointAt(0) ?? 0);
      at += 1;
      if (subset.matches) furthest = at;
    }
    const endsThere = at === 0 && atStart ? this.#matchesEmpty() : subset.matchesAtEnd;
    return endsThere ? at : furthest;
  }

  #matchesEmpty(): boolean {
    return this.#reach([this.#first], true, true).some((step) => this.#steps[step]?.kind === "match");
  }

  #next(subset: Subset, point: number): Subset {
    const known = subset.nexts.get(point);
    if (known !== undefined) return known;
    const begins: number[] = this.#fromStart ? [] : [this.#first];
    for (const index of subset.steps) {
      const step = this.#steps[index];
      if (step?.kind === "take" && this.#takes(step.set, point)) begins.push(step.next);
    }
    const next = this.#subsetOf(this.#reach(begins, false, false));
    if (++this.#transitionCount > transitionCountMax) this.#forget();
    else subset.nexts.set(point, next);
    return next;
  }

  #takes(set: CharacterSet, point: number): boolean {
    if (set.has(point)) return true;
    if (!this.#ignoreCase) return false;
    const character = String.fromCodePoint(point);
    const others = [character.toLowerCase(), character.toUpperCase()];
    return others.some((other) => other !== character && set.has(other.codePointAt(0) ?? 0));
  }

  /** All steps that are reached without taking a character. */
  #reach(begins: readonly number[], atStart: boolean, atEnd: boolean): readonly number[] {
    const seen = new Set<number>();
    const open = [...begins];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const step = this.#steps[index];
      if (step?.kind === "either") open.push(...step.nexts);
      else if (step?.kind === "start" && atStart) open.push(step.next);
      else if (step?.kind === "end" && atEnd) open.push(step.next);
    }
    return [...seen].toSorted((a, b) => a - b);
  }

  #subsetOf(steps: readonly number[]): Subset {
    const key = steps.join();
    const known = this.#subsets.get(key);
    if (known !== undefined) return known;
    if (this.#subsets.size >= subsetCountMax) this.#forget();
    const isMatch = (index: number): boolean => this.#steps[index]?.kind === "match";
    const atEnd = this.#reach(steps, false, true);
    const made = { steps, matches: steps.some(isMatch), matchesAtEnd: atEnd.some(isMatch), nexts: new Map() };
    this.#subsets.set(key, made);
    return made;
  }

  #forget(): void {
    for (const subset of this.#subsets.values()) subset.nexts.clear();
    this.#subsets.clear();
    this.#begin = undefined;
    this.#transitionCount = 0;
  }
}
