// How the values of a set's key or data lie in the kernel's registers, and back. In a concatenation every field begins at
// a word of 4 bytes, the rest of its last word is zero. The kernel compares bytes, so numbers of an interval set are
// big-endian, marks too; elsewhere a mark is in the byte order of the machine, which is little-endian wherever we run.

import type { NftType, NftValue } from "@merlon/compiler/nft/program.ts";

/** What a value of a type is in memory. `nftNumber` is nft's TYPE_*; a `word` looks like an address to nft. */
interface FieldShape {
  readonly lengthBytes: number;
  readonly nftNumber: number;
}

const shapes: Readonly<Record<NftType, FieldShape>> = {
  ipv4_addr: { lengthBytes: 4, nftNumber: 7 },
  ipv6_addr: { lengthBytes: 16, nftNumber: 8 },
  inet_proto: { lengthBytes: 1, nftNumber: 12 },
  inet_service: { lengthBytes: 2, nftNumber: 13 },
  icmp_type: { lengthBytes: 1, nftNumber: 14 },
  mark: { lengthBytes: 4, nftNumber: 19 },
  ifname: { lengthBytes: 16, nftNumber: 41 },
  word: { lengthBytes: 4, nftNumber: 7 },
};

export interface Field {
  readonly type: NftType;
  readonly offset: number;
  readonly lengthBytes: number;
  /** A mark in the byte order of the machine. */
  readonly hostOrder: boolean;
}

export interface Layout {
  readonly fields: readonly Field[];
  readonly lengthBytes: number;
  /** nft's number for the type, for a concatenation six bits a field. */
  readonly nftNumber: number;
}

const typeBits = 6;

export function layoutOf(types: readonly NftType[], interval: boolean): Layout {
  const fields: Field[] = [];
  let offset = 0;
  let nftNumber = 0;
  for (const type of types) {
    const { lengthBytes, nftNumber: own } = shapes[type];
    fields.push({ type, offset, lengthBytes, hostOrder: type === "mark" && !interval });
    offset += (lengthBytes + 3) & ~3;
    nftNumber = ((nftNumber << typeBits) | own) >>> 0;
  }
  const only = fields.length === 1 ? fields[0] : undefined;
  return { fields, lengthBytes: only?.lengthBytes ?? offset, nftNumber };
}

/** The layout of a value by itself, made once for each type. */
export function layoutOfOne(type: NftType, interval: boolean): Layout {
  const made = interval ? intervalLayouts : pointLayouts;
  let layout = made.get(type);
  if (layout === undefined) {
    layout = layoutOf([type], interval);
    made.set(type, layout);
  }
  return layout;
}

const intervalLayouts = new Map<NftType, Layout>();
const pointLayouts = new Map<NftType, Layout>();

/** The types behind nft's number, of which none is a `word`. Undefined for types that are not ours. */
export function typesOf(nftNumber: number): readonly NftType[] | undefined {
  const numbers: number[] = [];
  for (let rest = nftNumber; rest !== 0; rest >>>= typeBits) numbers.unshift(rest & ((1 << typeBits) - 1));
  const types = numbers.map(typeOfNumber);
  return types.length === 0 || types.includes(undefined) ? undefined : types.filter((type) => type !== undefined);
}

const wordNumber = 0xff;

/** A number for each type in the notes that we keep with a set: nft's, and one of ours for a word. */
export function typeNumber(type: NftType): number {
  return type === "word" ? wordNumber : shapes[type].nftNumber;
}

export function typeOfNumber(number: number): NftType | undefined {
  return typeByNumber.get(number);
}

const typeByNumber = new Map(Object.keys(shapes).map((type) => [typeNumber(type as NftType), type as NftType]));

/** Writes one end of a value into memory that is zero. */
export function writeValue(view: DataView, start: number, field: Field, value: NftValue, end: "first" | "last"): void {
  const at = start + field.offset;
  switch (value.kind) {
    case "number":
      return writeNumber(view, at, field, value.value);
    case "numbers":
      return writeNumber(view, at, field, value[end]);
    case "addresses":
      if (value.range.family === 4) view.setUint32(at, value.range[end]);
      else writeIpv6(view, at, value.range[end]);
      return;
    case "text":
      return writeText(view, at, value.value, field.lengthBytes);
  }
}

export function writeIpv6(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, value >> 64n);
  view.setBigUint64(at + 8, value & 0xffff_ffff_ffff_ffffn);
}

function writeNumber(view: DataView, at: number, { lengthBytes, hostOrder }: Field, value: number): void {
  switch (lengthBytes) {
    case 1:
      return view.setUint8(at, value);
    case 2:
      return view.setUint16(at, value);
    default:
      return view.setUint32(at, value, hostOrder);
  }
}

/** Names of interfaces: at most 15 bytes, so that a zero stays at the end. */
function writeText(view: DataView, at: number, text: string, lengthBytes: number): void {
  const bytes = textEncoder.encode(text);
  if (bytes.length >= lengthBytes) throw new Error(`"${text}" is longer than ${lengthBytes - 1} bytes`);
  for (const [index, byte] of bytes.entries()) view.setUint8(at + index, byte);
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true });

/** One value of a key that is a point; undefined when the bytes are no value of the type. */
export function readValue(view: DataView, start: number, field: Field): NftValue | undefined {
  return readRange(view, start, view, start, field);
}

/** A value that reaches from one key to another. */
export function readRange(
  firstView: DataView,
  firstStart: number,
  lastView: DataView,
  lastStart: number,
  field: Field,
): NftValue | undefined {
  const [from, to] = [firstStart + field.offset, lastStart + field.offset];
  switch (field.type) {
    case "ipv4_addr":
      return {
        kind: "addresses",
        range: { family: 4, first: firstView.getUint32(from), last: lastView.getUint32(to) },
      };
    case "ipv6_addr":
      return {
        kind: "addresses",
        range: { family: 6, first: readIpv6(firstView, from), last: readIpv6(lastView, to) },
      };
    case "ifname":
      return readText(firstView, from, field.lengthBytes);
    case "inet_proto":
    case "inet_service":
    case "icmp_type":
    case "mark":
    case "word": {
      const [first, last] = [readNumber(firstView, from, field), readNumber(lastView, to, field)];
      return first === last ? { kind: "number", value: first } : { kind: "numbers", first, last };
    }
  }
}

export function readIpv6(view: DataView, at: number): bigint {
  return (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
}

function readNumber(view: DataView, at: number, { lengthBytes, hostOrder }: Field): number {
  switch (lengthBytes) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at);
    default:
      return view.getUint32(at, hostOrder);
  }
}

/** Undefined where there is something behind the first zero, or what nft's language could not write. */
function readText(view: DataView, at: number, lengthBytes: number): NftValue | undefined {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, lengthBytes);
  const zero = bytes.indexOf(0);
  if (zero < 0 || bytes.subarray(zero).some((byte) => byte !== 0)) return undefined;
  try {
    const value = textDecoder.decode(bytes.subarray(0, zero));
    return /["\n]/.test(value) ? undefined : { kind: "text", value };
  } catch {
    return undefined;
  }
}

/**
 * Adds one to a big-endian number of `lengthBytes` in place. False when it was the largest: then nothing is behind it and
 * the interval has no end in the kernel.
 */
export function increment(view: DataView, start: number, lengthBytes: number): boolean {
  for (let at = start + lengthBytes - 1; at >= start; at--) {
    const byte = view.getUint8(at);
    view.setUint8(at, byte + 1);
    if (byte !== 0xff) return true;
  }
  return false;
}

export function decrement(view: DataView, start: number, lengthBytes: number): void {
  for (let at = start + lengthBytes - 1; at >= start; at--) {
    const byte = view.getUint8(at);
    view.setUint8(at, byte - 1);
    if (byte !== 0) return;
  }
}
