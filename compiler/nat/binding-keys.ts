// How the ends of bindings stand in registers: as keys of the sets of binding-sets.ts, made from a packet.

import { addressWords, loadAddress } from "../screen/packet-tests.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import type { NftExpression, NftInstruction, NftLoad, NftRule } from "../nft/program.ts";
import { drop, iifname, l4proto, payload, rule } from "../nft/statements.ts";
import { generationName } from "../nft/table-names.ts";
import { instructions } from "./nat-instructions.ts";
import { natHitsSet } from "./nat-names.ts";
import type { PersistentRule } from "./persistent-nat.ts";

/** RTN_LOCAL. */
const localType = 2;

/**
 * Words of registers. An inner end is `protocol class address port`, an outer end `protocol address port`; each is a key, and
 * the data of what leads to it. What a map has written begins with a protocol that is loaded again before it is a key,
 * because nft 1.0.6 aborts over a key with a part that begins where a map wrote.
 */
export const inner = { at: 1, end: { 4: 5, 6: 8 } } as const;
export const outer = { at: 9, address: 10, port: { 4: 11, 6: 14 } } as const;
/** The inner end that an outer one leads to. With a device before it, the class is the key of a way in. */
export const found = { at: 4, address: 6, port: { 4: 7, 6: 10 } } as const;
/** Four words for a device or an address, which nobody needs once the outer end is there. */
const scratch = 12;

/**
 * How outer ends are read from a packet that is sent to one: as it says, or its address alone; with the stand-in of the device
 * that it came in by, or of the device that has the address.
 */
export type Way = "port" | "address" | "device" | "place";

export function wayOf({ persistent, outer: bound }: PersistentRule): Exclude<Way, "place"> {
  return bound.kind === "device" ? "device" : persistent.addressMapping ? "address" : "port";
}

/** Of devices their stand-ins, and of their addresses. */
export function devicesName(family: Family, generation: number): string {
  return generationName(`nat_devices${family}`, generation);
}
export function placesName(family: Family, generation: number): string {
  return generationName(`nat_places${family}`, generation);
}

export interface KeyContext {
  readonly family: Family;
  readonly generation: number;
}

/** The outer end that a packet is sent to, as the key of what leads back: `now`, or as its connection's `first` packet was. */
export function outerEnd(
  way: Way,
  { family, generation }: KeyContext,
  at: number = outer.at,
  as: "now" | "first" = "now",
): readonly NftInstruction[] {
  const port = at + 1 + addressWords[family];
  const loadDestination = (to: number): NftInstruction =>
    as === "now"
      ? loadAddress(family, "destination", to)
      : load({ kind: "original", field: family === 4 ? "ip daddr" : "ip6 daddr" }, to);
  const ported: readonly NftInstruction[] = [
    load(l4proto, at),
    load(as === "now" ? payload("th", "dport") : { kind: "original", field: "dport" }, port),
  ];
  switch (way) {
    case "port":
      return [loadDestination(at + 1), ...ported];
    case "address":
      return [{ op: "immediate", value: 0, to: at }, loadDestination(at + 1), { op: "port", value: 0, to: port }];
    case "device":
      // An address of the device that the packet came in by, and no other: what merely passes has a destination of its own.
      return [
        { op: "load", expression: { kind: "destination-type" }, to: scratch },
        { op: "compare", from: scratch, operator: "==", value: localType },
        load(iifname, scratch),
        { op: "lookup", set: devicesName(family, generation), from: scratch, to: at },
        ...ported,
      ];
    case "place":
      return [
        loadDestination(scratch),
        { op: "lookup", set: placesName(family, generation), from: scratch, to: at },
        ...ported,
      ];
  }
}

/** The inner end that a packet comes from. */
export function innerKey(from: PersistentRule, family: Family, at: number): readonly NftInstruction[] {
  const port = at + 2 + addressWords[family];
  return [
    protocolOf(from, at),
    { op: "immediate", value: from.bindingClass, to: at + 1 },
    loadAddress(family, "source", at + 2),
    from.persistent.addressMapping ? { op: "port", value: 0, to: port } : load(payload("th", "sport"), port),
  ];
}

/** The other host, and its port where ports are told apart. */
export function peerKey(
  { persistent }: PersistentRule,
  family: Family,
  side: "source" | "destination",
  at: number,
): readonly NftInstruction[] {
  const port = at + addressWords[family];
  return [
    loadAddress(family, side, at),
    persistent.permit === "target-host-port" && !persistent.addressMapping
      ? load(payload("th", side === "source" ? "sport" : "dport"), port)
      : { op: "port", value: 0, to: port },
  ];
}

export function protocolOf({ persistent }: PersistentRule, to: number): NftInstruction {
  return persistent.addressMapping ? { op: "immediate", value: 0, to } : load(l4proto, to);
}

export function timeOf({ persistent }: PersistentRule): { readonly timeoutMs: number } {
  return { timeoutMs: persistent.inactivitySeconds * 1_000 };
}

/** What is refused counts under that number. */
export function refuse(count: number, ...test: readonly NftInstruction[]): NftRule {
  return rule(
    instructions(
      ...test,
      { op: "immediate", value: count, to: inner.at },
      { op: "lookup", set: natHitsSet, from: inner.at },
    ),
    drop,
  );
}

export function load(expression: NftExpression | NftLoad, to: number): NftInstruction {
  return { op: "load", expression: expression as NftLoad, to };
}
