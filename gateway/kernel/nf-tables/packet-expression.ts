// The kernel's instructions that look deeper into a packet, measure and divert traffic (compiler/nft/packet-check.ts): as
// data, as attributes, and back.
// Source: the `nla_policy` tables and `dump` functions of net/netfilter/nft_{exthdr,fib,limit,dynset,numgen,connlimit,synproxy}.c,
// Linux 6.1 to 6.18.

import type { NftRate } from "@merlon/compiler/nft/packet-check.ts";
import { AttributeTable } from "../netlink-message.ts";
import type { BatchWriter } from "./batch-writer.ts";
import { expressionAttribute } from "./nf-tables-number.ts";

/** Registers are words, as in `Expression`. */
export type PacketExpression =
  | {
      readonly kind: "exthdr";
      /** `extensionKind` */
      readonly of: number;
      readonly type: number;
      readonly offset: number;
      readonly length: number;
      readonly present: boolean;
      readonly to: number;
    }
  | { readonly kind: "fib"; readonly result: number; readonly flags: number; readonly to: number }
  | ({ readonly kind: "limit"; readonly over: boolean } & NftRate)
  | {
      readonly kind: "dynset";
      readonly set: string;
      readonly from: number;
      readonly refresh: boolean;
      readonly data?: number;
      readonly timeoutMs?: number;
      readonly over?: NftRate | { readonly sessions: number };
    }
  | {
      readonly kind: "numgen";
      readonly random: boolean;
      readonly first: number;
      readonly count: number;
      readonly to: number;
    }
  | { readonly kind: "notrack" }
  /** `ct` with the direction of the first packet. */
  | { readonly kind: "ct-original"; readonly key: number; readonly to: number }
  | { readonly kind: "synproxy"; readonly segmentSize: number };

/** NFT_EXTHDR_OP_* */
export const extensionKind = { ipv6: 0, ipv4: 2 } as const;
/** NFT_FIB_RESULT_OIFNAME and NFTA_FIB_F_SADDR. */
export const fibDevice = 2;
export const fibSource = 1;
/** NFT_FIB_RESULT_ADDRTYPE, and NFTA_FIB_F_DADDR with NFTA_FIB_F_IIF. */
export const fibType = 3;
export const fibDestination = 2 | 8;
const typeFlags: ReadonlySet<number> = new Set([fibSource, fibDestination]);

const field = {
  exthdr: { to: 1, type: 2, offset: 3, length: 4, flags: 5, of: 6 },
  fib: { to: 1, result: 2, flags: 3 },
  limit: { count: 1, unit: 2, burst: 3, type: 4, flags: 5 },
  dynset: { set: 1, operation: 3, from: 4, data: 5, timeout: 6, expression: 7, flags: 9, expressions: 10 },
  connlimit: { count: 1, flags: 2 },
  numgen: { to: 1, count: 2, type: 3, first: 4 },
  ct: { to: 1, key: 2, direction: 3 },
  synproxy: { segmentSize: 1, flags: 3 },
} as const;
/** IP_CT_DIR_ORIGINAL. */
const originalDirection = 0;
const presentFlag = 1;
const invertedFlag = 1;
const dynsetOperation = { add: 0, update: 1 } as const;
/** NFT_NG_INCREMENTAL and NFT_NG_RANDOM. */
const numberKind = { inTurn: 0, random: 1 } as const;
/** NF_SYNPROXY_OPT_MSS: nothing but the largest segment is offered (compiler/screen/lower-cookies.ts says why). */
const synproxyOptions = 1;

/** Writes the fields of the instruction; `register` is the kernel's name of a word. */
export function writePacketExpression(
  writer: BatchWriter,
  expression: PacketExpression,
  register: (word: number) => number,
): void {
  switch (expression.kind) {
    case "exthdr": {
      const { to, type, offset, length, of, present } = expression;
      writer.u32(field.exthdr.to, register(to)).u8(field.exthdr.type, type).u32(field.exthdr.offset, offset);
      writer.u32(field.exthdr.length, length).u32(field.exthdr.flags, present ? presentFlag : 0);
      writer.u32(field.exthdr.of, of);
      return;
    }
    case "fib":
      writer.u32(field.fib.to, register(expression.to)).u32(field.fib.result, expression.result);
      writer.u32(field.fib.flags, expression.flags);
      return;
    case "limit":
      return writeLimit(writer, expression, expression.over);
    case "dynset":
      writer.text(field.dynset.set, expression.set).u32(field.dynset.from, register(expression.from));
      writer.u32(field.dynset.operation, dynsetOperation[expression.refresh ? "update" : "add"]);
      if (expression.data !== undefined) writer.u32(field.dynset.data, register(expression.data));
      if (expression.timeoutMs !== undefined) writer.u64(field.dynset.timeout, expression.timeoutMs);
      if (expression.over !== undefined) writeMeasure(writer, expression.over);
      return;
    case "numgen": {
      const { to, count, random, first } = expression;
      writer.u32(field.numgen.to, register(to)).u32(field.numgen.count, count);
      writer.u32(field.numgen.type, random ? numberKind.random : numberKind.inTurn).u32(field.numgen.first, first);
      return;
    }
    case "notrack":
      return;
    case "ct-original":
      writer.u32(field.ct.to, register(expression.to)).u32(field.ct.key, expression.key);
      writer.u8(field.ct.direction, originalDirection);
      return;
    case "synproxy":
      writer.u16(field.synproxy.segmentSize, expression.segmentSize);
      writer.u32(field.synproxy.flags, synproxyOptions);
  }
}

function writeMeasure(writer: BatchWriter, over: NftRate | { readonly sessions: number }): void {
  const measure = writer.open(field.dynset.expression);
  writer.text(expressionAttribute.name, "sessions" in over ? "connlimit" : "limit");
  const data = writer.open(expressionAttribute.data);
  if ("sessions" in over) {
    writer.u32(field.connlimit.count, over.sessions).u32(field.connlimit.flags, invertedFlag);
  } else writeLimit(writer, over, true);
  writer.close(data).close(measure);
}

function writeLimit(writer: BatchWriter, { count, unitSeconds, burst }: NftRate, over: boolean): void {
  writer.u64(field.limit.count, count).u64(field.limit.unit, unitSeconds);
  writer
    .u32(field.limit.burst, burst)
    .u32(field.limit.type, 0)
    .u32(field.limit.flags, over ? invertedFlag : 0);
}

const of = "nf_tables rule message";
const measure = new AttributeTable(of, 2);
const measureFields = new AttributeTable(of, 5);

/** Undefined for what Merlon never writes; `word` gives the word behind a register's attribute. */
export function readPacketExpression(
  name: string,
  fields: AttributeTable,
  word: (type: number) => number | undefined,
): PacketExpression | undefined {
  switch (name) {
    case "exthdr":
      return readExtension(fields, word(field.exthdr.to));
    case "fib": {
      const [result, flags, to] = [fields.u32be(field.fib.result), fields.u32be(field.fib.flags), word(field.fib.to)];
      if (result === undefined || flags === undefined || to === undefined) return undefined;
      const ours = result === fibDevice ? flags === fibSource : result === fibType && typeFlags.has(flags);
      return ours ? { kind: "fib", result, flags, to } : undefined;
    }
    case "limit":
      return readLimit(fields);
    case "dynset":
      return readDynset(fields, word(field.dynset.from), word(field.dynset.data));
    case "numgen":
      return readNumber(fields, word(field.numgen.to));
    case "notrack":
      return { kind: "notrack" };
    case "ct": {
      const [key, to] = [fields.u32be(field.ct.key), word(field.ct.to)];
      if (key === undefined || to === undefined || fields.u8(field.ct.direction) !== originalDirection)
        return undefined;
      return { kind: "ct-original", key, to };
    }
    case "synproxy": {
      const segmentSize = fields.u16be(field.synproxy.segmentSize);
      if (segmentSize === undefined || fields.u32be(field.synproxy.flags) !== synproxyOptions) return undefined;
      return { kind: "synproxy", segmentSize };
    }
    default:
      return undefined;
  }
}

function readExtension(fields: AttributeTable, to: number | undefined): PacketExpression | undefined {
  const [type, offset] = [fields.u8(field.exthdr.type), fields.u32be(field.exthdr.offset)];
  const [length, flags] = [fields.u32be(field.exthdr.length), fields.u32be(field.exthdr.flags) ?? 0];
  const kind = fields.u32be(field.exthdr.of) ?? 0;
  if (to === undefined || type === undefined || offset === undefined || length === undefined) return undefined;
  if (kind !== extensionKind.ipv6 && kind !== extensionKind.ipv4) return undefined;
  if ((flags & ~presentFlag) !== 0) return undefined;
  return { kind: "exthdr", of: kind, type, offset, length, present: flags === presentFlag, to };
}

function readLimit(fields: AttributeTable): (PacketExpression & { kind: "limit" }) | undefined {
  const [count, unitSeconds] = [fields.u64be(field.limit.count), fields.u64be(field.limit.unit)];
  const burst = fields.u32be(field.limit.burst);
  const flags = fields.u32be(field.limit.flags) ?? 0;
  if (count === undefined || unitSeconds === undefined || burst === undefined) return undefined;
  // Bytes are another type.
  if ((fields.u32be(field.limit.type) ?? 0) !== 0 || (flags & ~invertedFlag) !== 0) return undefined;
  return { kind: "limit", count, unitSeconds, burst, over: flags === invertedFlag };
}

function readDynset(
  fields: AttributeTable,
  from: number | undefined,
  data: number | undefined,
): PacketExpression | undefined {
  const [set, operation] = [fields.text(field.dynset.set), fields.u32be(field.dynset.operation)];
  const timeout = fields.u64be(field.dynset.timeout) ?? 0;
  if (set === undefined || from === undefined || fields.has(field.dynset.expressions)) return undefined;
  if ((fields.u32be(field.dynset.flags) ?? 0) !== 0) return undefined;
  if (operation !== dynsetOperation.add && operation !== dynsetOperation.update) return undefined;
  const refresh = operation === dynsetOperation.update;
  const more = { ...(data === undefined ? {} : { data }), ...(timeout === 0 ? {} : { timeoutMs: timeout }) };
  const head = { kind: "dynset", set, from, refresh, ...more } as const;
  if (!fields.readNested(field.dynset.expression, measure)) return head;
  const name = measure.text(expressionAttribute.name);
  if (!measure.readNested(expressionAttribute.data, measureFields)) return undefined;
  if (name === "connlimit") {
    const sessions = measureFields.u32be(field.connlimit.count);
    const inverted = measureFields.u32be(field.connlimit.flags) === invertedFlag;
    return sessions === undefined || !inverted ? undefined : { ...head, over: { sessions } };
  }
  const limit = name === "limit" ? readLimit(measureFields) : undefined;
  if (limit?.over !== true) return undefined;
  const { count, unitSeconds, burst } = limit;
  return { ...head, over: { count, unitSeconds, burst } };
}

function readNumber(fields: AttributeTable, to: number | undefined): PacketExpression | undefined {
  const [count, type] = [fields.u32be(field.numgen.count), fields.u32be(field.numgen.type)];
  const first = fields.u32be(field.numgen.first) ?? 0;
  if (to === undefined || count === undefined) return undefined;
  if (type !== numberKind.random && type !== numberKind.inTurn) return undefined;
  return { kind: "numgen", random: type === numberKind.random, first, count, to };
}

export function printPacketExpression(expression: PacketExpression): string {
  const { kind, ...rest } = expression;
  return `[ ${kind} ${JSON.stringify(rest)} ]`;
}
