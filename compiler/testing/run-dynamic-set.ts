// Sets that rules fill, carried out in memory: what one packet has left there, a later one finds (nft_dynset.c). No time ever
// ends, and sessions of a key are as many as it was measured.

import type { NftInstruction, NftSet, NftType } from "../nft/program.ts";

/** Bytes of a field; each begins a word. */
export const fieldBytes: Readonly<Record<NftType, number>> = {
  ipv4_addr: 4,
  ipv6_addr: 16,
  inet_service: 2,
  ifname: 16,
  mark: 4,
  word: 4,
  inet_proto: 1,
  icmp_type: 1,
};

export class DynamicState {
  readonly #sets = new Map<string, Map<string, Element>>();
  readonly #draw: (count: number) => number;

  /** `draw` gives a number below its count, for each that rules ask for. */
  constructor(draw: (count: number) => number) {
    this.#draw = draw;
  }

  draw(count: number): number {
    return this.#draw(count);
  }

  elementsOf(set: string): Map<string, Element> {
    const known = this.#sets.get(set) ?? new Map<string, Element>();
    this.#sets.set(set, known);
    return known;
  }
}

interface Element {
  readonly data: Uint8Array;
  sessionCount: number;
}

type OnSet = Extract<NftInstruction, { op: "meter" | "lookup" }>;

export function runDynamicSet(
  set: NftSet,
  registers: Uint8Array,
  instruction: OnSet,
  state: DynamicState | undefined,
): "continue" | "break" {
  const elements = state?.elementsOf(set.name) ?? new Map<string, Element>();
  const key = Buffer.from(bytesAt(registers, instruction.from, set.key)).toString("hex");
  const there = elements.get(key);
  if (instruction.op === "lookup") {
    if (instruction.negated === true) return there === undefined ? "continue" : "break";
    if (there === undefined) return "break";
    if (instruction.to !== undefined) registers.set(there.data, instruction.to * 4);
    return "continue";
  }
  if (there === undefined && elements.size >= (set.size ?? Infinity)) return "break";
  const types = set.data === "verdict" ? [] : (set.data ?? []);
  const data = instruction.data === undefined ? new Uint8Array() : bytesAt(registers, instruction.data, types);
  const element = there ?? { data, sessionCount: 0 };
  elements.set(key, element);
  const { over } = instruction;
  if (over === undefined) return "continue";
  element.sessionCount++;
  return "sessions" in over && element.sessionCount > over.sessions ? "continue" : "break";
}

function bytesAt(registers: Uint8Array, word: number, types: readonly NftType[]): Uint8Array {
  const length = types.reduce((sum, type) => sum + Math.ceil(fieldBytes[type] / 4) * 4, 0);
  if (word * 4 + length > registers.length) throw new Error(`${types.join(" . ")} does not fit behind word ${word}`);
  return registers.slice(word * 4, word * 4 + length);
}
