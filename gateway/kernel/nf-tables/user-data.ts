// Notes that the kernel keeps with a rule or set and gives back: the comment of a rule, and what nft and we must know of a
// set's types. A list of (type, length, value); unknown types are passed over. nft's own types: libnftnl/udata.h.

import type { NftSet, NftType } from "@merlon/compiler/nft/program.ts";
import { typeNumber, typeOfNumber } from "./key-layout.ts";

const ruleComment = 0;
/** Values of nft's enum byteorder. */
const order = { host: 1, network: 2 } as const;
const setKeyByteOrder = 0;
const setDataByteOrder = 1;
/** Ours, where nft's number does not say it all: one byte per field, key first (`typeNumber`). nft uses types up to 7. */
const setTypes = 77;
/** Ours: the time of a set's elements, because the kernel gives it back in whole ticks. */
const setTimeMs = 78;
/** NFT_USERDATA_MAXLEN. */
export const userDataBytesMax = 256;
const commentBytesMax = 128;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true });

export function ruleUserData(comment: string): Uint8Array {
  const bytes = textEncoder.encode(`${comment}\0`);
  if (bytes.length > commentBytesMax + 1)
    throw new Error(`a comment of more than ${commentBytesMax} bytes: ${comment}`);
  const data = new Uint8Array(bytes.length + 2);
  data[0] = ruleComment;
  data[1] = bytes.length;
  data.set(bytes, 2);
  return data;
}

/** The comment of an element has the same number as that of a rule. */
export const readElementComment = readRuleComment;

/** Undefined when there is none, or one that is no text. */
export function readRuleComment(bytes: Uint8Array): string | undefined {
  const value = entriesOf(bytes).get(ruleComment);
  if (value === undefined) return undefined;
  const zero = value.indexOf(0);
  try {
    return textDecoder.decode(zero < 0 ? value : value.subarray(0, zero));
  } catch {
    return undefined;
  }
}

export function setUserData({
  key,
  data,
  interval,
  dynamic,
}: Pick<NftSet, "key" | "data" | "interval" | "dynamic">): Uint8Array {
  const only = key.length === 1 ? key[0] : undefined;
  const host = interval === false && (only === "mark" || only === "ifname");
  const types = data === undefined || data === "verdict" ? [] : data;
  const fields = [...key, ...types];
  const own = interval === "whole-key" || fields.includes("word");
  return Uint8Array.of(
    ...byteOrder(setKeyByteOrder, only === undefined ? 0 : host ? order.host : order.network),
    ...(types.length === 0 ? [] : byteOrder(setDataByteOrder, types[0] === "mark" ? order.host : order.network)),
    ...(own ? [setTypes, fields.length, ...fields.map(typeNumber)] : []),
    ...(dynamic?.timeoutMs === undefined ? [] : [setTimeMs, 4, ...wordBytes(dynamic.timeoutMs)]),
  );
}

function byteOrder(type: number, value: number): readonly number[] {
  return [type, 4, value, 0, 0, 0];
}

/** The types of key and data as we noted them; undefined where nothing, or nothing of ours, is noted. */
export function readSetTypes(bytes: Uint8Array | undefined): readonly NftType[] | undefined {
  const value = bytes === undefined ? undefined : entriesOf(bytes).get(setTypes);
  const types = value === undefined ? [] : [...value].map(typeOfNumber);
  return types.length === 0 || types.includes(undefined) ? undefined : types.filter((type) => type !== undefined);
}

/** The time of the set's elements as we noted it, in milliseconds. */
export function readSetTimeMs(bytes: Uint8Array | undefined): number | undefined {
  const value = bytes === undefined ? undefined : entriesOf(bytes).get(setTimeMs);
  return value?.length === 4 ? new DataView(value.buffer, value.byteOffset, 4).getUint32(0) : undefined;
}

function wordBytes(value: number): readonly number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

/** Ends quietly where an entry does not add up: the notes are anybody's. */
function entriesOf(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const entries = new Map<number, Uint8Array>();
  for (let at = 0; at + 2 <= bytes.length;) {
    const [type = 0, length = 0] = bytes.subarray(at, at + 2);
    if (at + 2 + length > bytes.length) break;
    entries.set(type, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return entries;
}
