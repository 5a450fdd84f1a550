// What the kernel would make of a session when an instruction translates it: the range of addresses and ports that it may
// choose from, read out of registers as nft_nat.c and nf_nat_core.c do.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { PacketHeader } from "../interpret.ts";
import type { NftTranslation, TranslationFlag } from "../nft/translation.ts";

export type Translated =
  | {
      readonly side: "source" | "destination";
      readonly addresses: IpRange;
      readonly ports?: NumberRange;
      readonly flags: readonly TranslationFlag[];
    }
  | { readonly side: "interface"; readonly ports?: NumberRange; readonly flags: readonly TranslationFlag[] };

export function runTranslation(registers: Uint8Array, packet: PacketHeader, instruction: NftTranslation): Translated {
  const { port, portLast = port, flags } = instruction;
  const first = port === undefined ? undefined : portAt(registers, port);
  const last = portLast === undefined ? undefined : portAt(registers, portLast);
  const ports = first === undefined || last === undefined ? {} : { ports: { first, last } };
  if (instruction.op === "masquerade") return { side: "interface", ...ports, flags };
  const { side, family, address, addressLast = address } = instruction;
  const range = rangeAt(registers, family, address, addressLast);
  const old = side === "source" ? packet.source : packet.destination;
  if (old.family !== family) throw new Error(`an address of IPv${family} meets a packet of IPv${old.family}`);
  const addresses = flags.includes("prefix") ? underPrefix(range, old) : range;
  return { side, addresses, ...ports, flags };
}

function portAt(registers: Uint8Array, word: number): number {
  return new DataView(registers.buffer).getUint16(word * 4);
}

function rangeAt(registers: Uint8Array, family: 4 | 6, first: number, last: number): IpRange {
  const view = new DataView(registers.buffer);
  if (family === 4) return { family, first: view.getUint32(first * 4), last: view.getUint32(last * 4) };
  const at = (word: number) => (view.getBigUint64(word * 4) << 64n) | view.getBigUint64(word * 4 + 8);
  return { family, first: at(first), last: at(last) };
}

/** nft_nat_setup_netmap: bits in which the ends differ are those of the packet. */
function underPrefix(range: IpRange, old: IpAddress): IpRange {
  const varying = BigInt(range.first) ^ BigInt(range.last);
  const value = (BigInt(old.value) & varying) | (BigInt(range.first) & ~varying);
  return range.family === 4
    ? { family: 4, first: Number(value), last: Number(value) }
    : { family: 6, first: value, last: value };
}
