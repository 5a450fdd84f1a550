// How instructions of translation name their rule and bring addresses and ports into registers.

import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { RuleId } from "../ir.ts";
import type { NftInstruction, NftStatement } from "../nft/program.ts";
import { natHitsSet } from "./nat-names.ts";
import { data } from "./nat-maps.ts";
import type { Side } from "./nat-steps.ts";

/**
 * Where things stand in the kernel's registers, in words: those of keys, and from the first on what maps write, which
 * `nat-maps.ts` lays out. The first word is padding, because nft 1.0.6 cannot list a key that begins where a map wrote.
 */
export const register = {
  key: data.start,
  data: data.start,
  label: data.label,
  address: data.address,
  addressLast: data.addressLast,
  port: data.port,
  portLast: data.portLast,
} as const;

export function instructions(...list: readonly NftInstruction[]): NftStatement {
  return { kind: "instructions", list };
}

/** The word of the label that holds the rule of one side. */
export function labelWord(side: Side): number {
  return register.label + (side === "destination" ? 0 : 1);
}

export function countOnly(id: RuleId | 0): readonly NftInstruction[] {
  return [
    { op: "immediate", value: id, to: register.label },
    { op: "lookup", set: natHitsSet, from: register.label },
  ];
}

/** The number of the rule into the label, and a count for it. */
export function named(id: RuleId | 0, side: Side): readonly NftInstruction[] {
  const words = [0, 1, 2, 3].map((offset): NftInstruction => {
    const to = register.label + offset;
    return { op: "immediate", value: to === labelWord(side) ? id : 0, to };
  });
  return [...words, ...labelled(side)];
}

export function labelled(side: Side): readonly NftInstruction[] {
  return [
    { op: "lookup", set: natHitsSet, from: labelWord(side) },
    { op: "store", target: "ct label", from: register.label },
  ];
}

export function addressImmediates(range: IpRange, end: "first" | "last", to: number): readonly NftInstruction[] {
  if (range.family === 4) return [{ op: "immediate", value: range[end], to, network: true }];
  return [96n, 64n, 32n, 0n].map((shift, index): NftInstruction => {
    const value = Number((range[end] >> shift) & 0xffff_ffffn);
    return { op: "immediate", value, to: to + index, network: true };
  });
}

export function portImmediate(port: number, to: number): NftInstruction {
  return { op: "port", value: port, to };
}

export function portImmediates({ first, last }: { readonly first: number; readonly last: number }, to: number) {
  return [portImmediate(first, to), portImmediate(last, to + 1)];
}
