// Values of sets and registers as the bytes that the kernel has for them: every field begins a word of 32 bits, numbers of
// one and two bytes fill the first bytes of theirs.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { NftType, NftValue } from "../nft/program.ts";
import { fieldBytes } from "./run-dynamic-set.ts";

type End = "first" | "last";

/** A key or data as it lies in registers: every field begins a word. */
export function encodeFields(types: readonly NftType[], values: readonly NftValue[], end: End): Uint8Array {
  const parts = types.map((type, index) => {
    const field = new Uint8Array(Math.ceil(fieldBytes[type] / 4) * 4);
    const value = values[index];
    if (value === undefined) throw new Error("a field has no value");
    field.set(encodeField(type, value, end));
    return field;
  });
  return Buffer.concat(parts);
}

function encodeField(type: NftType, value: NftValue, end: End): Uint8Array {
  switch (value.kind) {
    case "addresses": {
      const { family, first, last } = value.range;
      const ends = { first, last };
      return addressBytes({ family, value: ends[end] } as IpAddress);
    }
    case "text":
      return Buffer.from(value.value);
    case "number":
    case "numbers": {
      const plain = value.kind === "number" ? value.value : value[end];
      if (type === "mark" || type === "word") return numberBytes(plain, type === "word");
      return fieldBytes[type] === 1 ? Uint8Array.of(plain) : Uint8Array.of(plain >>> 8, plain & 0xff);
    }
  }
}

/** As on the machines that Merlon runs on: marks have their lowest byte first. */
export function numberBytes(value: number, network: boolean): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, !network);
  return bytes;
}

export function addressBytes(address: IpAddress): Uint8Array {
  const length = address.family === 4 ? 4 : 16;
  const digits = address.value.toString(16).padStart(length * 2, "0");
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}
