// Short ways to write what screens ask of a packet. A test is a list of instructions: the rule goes on while all hold.
// Numbers of one and two bytes stand at the beginning of their word, so they are shifted to be compared.

import type { NftInstruction, NftLoad, NftStatement } from "../nft/program.ts";
import type { Family } from "./zone-objects.ts";

export type Test = readonly NftInstruction[];

export function instructions(...list: readonly NftInstruction[]): NftStatement {
  return { kind: "instructions", list };
}

export function load(expression: NftLoad, to: number): NftInstruction {
  return { op: "load", expression, to };
}

/** Where tests keep what they have just loaded, when nobody needs it afterwards. */
const scratch = 12;

export const protocolNumber = { 4: { icmp: 1, tcp: 6, udp: 17 }, 6: { icmp: 58, tcp: 6, udp: 17 } } as const;

/** Words that an address takes. */
export const addressWords = { 4: 1, 6: 4 } as const;

/** One, two or four bytes of a header or an extension header. */
export type Bytes = Extract<NftLoad, { kind: "bytes" | "extension" }>;

export function bytes(header: "network" | "transport", offset: number, length: 1 | 2 | 4): Bytes {
  return { kind: "bytes", header, offset, length };
}

/** The bytes, under the mask, stand in the relation to the value. */
export function compare(
  of: Bytes,
  operator: "==" | "!=" | "<" | ">",
  value: number,
  mask?: number,
): readonly NftInstruction[] {
  const masked: readonly NftInstruction[] =
    mask === undefined
      ? []
      : [{ op: "mask", from: scratch, to: scratch, mask: shifted(mask, of.length), network: true }];
  // Behind a shorter number stand zeros: what is greater is so in its own bytes.
  const fill = operator === ">" ? 2 ** (32 - of.length * 8) - 1 : 0;
  return [
    load(of, scratch),
    ...masked,
    { op: "compare", from: scratch, operator, value: shifted(value, of.length) + fill, network: true },
  ];
}

function shifted(value: number, length: number): number {
  return value * 2 ** (32 - length * 8);
}

export function protocolAbove(value: number): Test {
  return [
    load({ kind: "meta", key: "l4proto" }, scratch),
    { op: "compare", from: scratch, operator: ">", value: shifted(value, 1) + 0xff_ffff },
  ];
}

export function protocolIs(value: number): Test {
  return [
    load({ kind: "meta", key: "l4proto" }, scratch),
    { op: "compare", from: scratch, operator: "==", value: shifted(value, 1), network: true },
  ];
}

export function longerThan(bytesCount: number): Test {
  return [
    load({ kind: "packet-length" }, scratch),
    { op: "swap", from: scratch, to: scratch },
    { op: "compare", from: scratch, operator: ">", value: bytesCount },
  ];
}

export function hasExtension(header: number): Test {
  return [
    load({ kind: "has-extension", header }, scratch),
    { op: "compare", from: scratch, operator: "==", value: shifted(1, 1), network: true },
  ];
}

export function loadAddress(family: Family, end: "source" | "destination", to: number): NftInstruction {
  const protocol = family === 4 ? "ip" : "ip6";
  return load({ kind: "payload", protocol, field: end === "source" ? "saddr" : "daddr" }, to);
}

/** In none of the sets, of which one may be missing: the source nor the destination. */
export function addressOutside(family: Family, set: string | undefined): Test {
  if (set === undefined) return [];
  return [
    loadAddress(family, "source", 8),
    { op: "lookup", set, from: 8, negated: true },
    loadAddress(family, "destination", 8),
    { op: "lookup", set, from: 8, negated: true },
  ];
}

/** The flags of TCP: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
export const tcpFlags = bytes("transport", 13, 1);

/** A SYN that begins a session. */
export const isFirstSyn: Test = compare(tcpFlags, "==", 0x02, 0x17);

/** Makes an address in a register that of its prefix. */
export function maskAddress(family: Family, at: number, prefixLength: number): readonly NftInstruction[] {
  return Array.from({ length: addressWords[family] }, (_, word): NftInstruction | undefined => {
    const bits = Math.max(0, Math.min(32, prefixLength - word * 32));
    const mask = bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
    return bits === 32 ? undefined : { op: "mask", from: at + word, to: at + word, mask, network: true };
  }).filter((instruction) => instruction !== undefined);
}
