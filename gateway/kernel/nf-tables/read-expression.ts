// One instruction of a rule out of the kernel's dump. Whatever Merlon never writes becomes foreign, with the kernel's name
// for it and its attributes as bytes; nothing that the kernel could say makes this throw but a message that is cut off.
// Source: the `dump` functions of net/netfilter/nft_*.c, Linux 6.1 to 6.18.

import type { NftVerdict } from "@merlon/compiler/nft/program.ts";
import { AttributeTable } from "../netlink-message.ts";
import type { Expression } from "./expression.ts";
import { readFlowExpression } from "./flow-expression.ts";
import {
  comparison,
  dataAttribute,
  expressionAttribute,
  expressionField,
  verdictAttribute,
  verdictCode,
} from "./nf-tables-number.ts";
import { readTranslation } from "./translation-expression.ts";
import { readPacketExpression } from "./packet-expression.ts";

const of = "nf_tables rule message";
const attributes = new AttributeTable(of, 2);
const fields = new AttributeTable(of, 10);
const data = new AttributeTable(of, 2);
const verdict = new AttributeTable(of, 2);

/** Between `start` and `end` stand the attributes of one element of a list of expressions. */
export function readExpression(view: DataView, start: number, end: number): Expression {
  attributes.read(view, start, end);
  const name = attributes.text(expressionAttribute.name) ?? "";
  if (attributes.has(expressionAttribute.data)) attributes.readNested(expressionAttribute.data, fields);
  else fields.read(view, end, end);
  return (
    readKnown(name) ?? { kind: "foreign", text: `${name} ${bytesText(attributes.bytes(expressionAttribute.data))}` }
  );
}

const shownBytesMax = 64;

function bytesText(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("hex", 0, shownBytesMax);
}

/** The word behind the kernel's name for a register; -1 for the verdict, undefined where there is none. */
function word(type: number): number | undefined {
  const register = fields.u32be(type);
  if (register === undefined) return undefined;
  return register === 0 ? -1 : register <= 4 ? (register - 1) * 4 : register - 8;
}

function readKnown(name: string): Expression | undefined {
  switch (name) {
    case "meta":
      return readKeyed("meta", expressionField.meta);
    case "ct":
      // A direction asks for one side of the connection.
      return fields.has(expressionField.ct.direction)
        ? readPacketExpression(name, fields, word)
        : readKeyed("ct", expressionField.ct);
    case "payload":
      return readPayload();
    case "cmp":
      return readCompare();
    case "range":
      return readRange();
    case "bitwise":
      return readBitwise();
    case "byteorder":
      return readByteOrder();
    case "immediate":
      return readImmediate();
    case "lookup":
      return readLookup();
    case "nat":
    case "masq":
      return readTranslation(name, fields, word);
    case "counter":
      return { kind: "counter" };
    case "log":
      return readLog();
    case "reject": {
      const type = fields.u32be(expressionField.reject.type);
      return type === undefined
        ? undefined
        : { kind: "reject", type, code: fields.u8(expressionField.reject.code) ?? 0 };
    }
    case "objref": {
      const [type, object] = [fields.u32be(expressionField.objref.type), fields.text(expressionField.objref.name)];
      return type === undefined || object === undefined ? undefined : { kind: "object", type, name: object };
    }
    default:
      return readFlowExpression(name, fields, word) ?? readPacketExpression(name, fields, word);
  }
}

function readKeyed(kind: "meta" | "ct", field: { to: number; key: number; from: number }): Expression | undefined {
  const [key, to, from] = [fields.u32be(field.key), word(field.to), word(field.from)];
  if (key === undefined) return undefined;
  if (to !== undefined) return { kind, key, to };
  return from === undefined ? undefined : { kind: `set-${kind}`, key, from };
}

function readPayload(): Expression | undefined {
  const field = expressionField.payload;
  const [to, base] = [word(field.to), fields.u32be(field.base)];
  const [offset, length] = [fields.u32be(field.offset), fields.u32be(field.length)];
  if (to === undefined || base === undefined || offset === undefined || length === undefined) return undefined;
  return { kind: "payload", base, offset, length, to };
}

/** A copy of the bytes in an attribute of data; undefined where it holds a verdict or nothing. */
function readData(type: number): Uint8Array | undefined {
  if (!fields.readNested(type, data)) return undefined;
  return data.bytes(dataAttribute.value)?.slice();
}

function readCompare(): Expression | undefined {
  const field = expressionField.cmp;
  const [from, operator, value] = [word(field.from), fields.u32be(field.operator), readData(field.data)];
  if (from === undefined || operator === undefined || value === undefined) return undefined;
  return { kind: "cmp", operator, from, data: value };
}

function readRange(): Expression | undefined {
  const field = expressionField.range;
  const [from, operator] = [word(field.from), fields.u32be(field.operator)];
  const [first, last] = [readData(field.first), readData(field.last)];
  if (from === undefined || first === undefined || last === undefined) return undefined;
  if (operator !== comparison["=="] && operator !== comparison["!="]) return undefined;
  return { kind: "range", negated: operator === comparison["!="], from, first, last };
}

function readBitwise(): Expression | undefined {
  const field = expressionField.bitwise;
  const [from, to, mask, xor] = [word(field.from), word(field.to), readData(field.mask), readData(field.xor)];
  // Another operation (a shift, the two-register kinds of Linux 6.13) has no mask or is not 0.
  if ((fields.u32be(field.operation) ?? 0) !== 0) return undefined;
  if (from === undefined || to === undefined || mask === undefined || xor === undefined) return undefined;
  return xor.some((byte) => byte !== 0) ? undefined : { kind: "bitwise", from, to, mask };
}

function readByteOrder(): Expression | undefined {
  const field = expressionField.byteorder;
  const [from, to, length] = [word(field.from), word(field.to), fields.u32be(field.length)];
  // To swap there and back is the same for the kernel's words of 4 bytes, and for its numbers of 2.
  if (fields.u32be(field.size) !== (length === 2 ? 2 : 4)) return undefined;
  return from === undefined || to === undefined || length === undefined
    ? undefined
    : { kind: "byteorder", from, to, length };
}

function readImmediate(): Expression | undefined {
  const field = expressionField.immediate;
  const to = word(field.to);
  if (to === undefined) return undefined;
  if (to >= 0) {
    const value = readData(field.data);
    return value === undefined ? undefined : { kind: "immediate", to, data: value };
  }
  const found = fields.readNested(field.data, data) ? readVerdict(data) : undefined;
  return found === undefined ? undefined : { kind: "verdict", verdict: found };
}

const verdictKinds: ReadonlyMap<number, keyof typeof verdictCode> = new Map(
  Object.entries(verdictCode).map(([kind, code]) => [code, kind as keyof typeof verdictCode]),
);

/** The verdict in an attribute of data; undefined for values and for verdicts that Merlon never writes. */
export function readVerdict(from: AttributeTable): NftVerdict | undefined {
  if (!from.readNested(dataAttribute.verdict, verdict)) return undefined;
  const kind = verdictKinds.get(verdict.u32be(verdictAttribute.code) ?? -1);
  if (kind === undefined) return undefined;
  if (kind !== "jump" && kind !== "goto") return { kind };
  const chain = verdict.text(verdictAttribute.chain);
  return chain === undefined ? undefined : { kind, chain };
}

function readLookup(): Expression | undefined {
  const field = expressionField.lookup;
  const [set, from, to] = [fields.text(field.set), word(field.from), word(field.to)];
  if (set === undefined || from === undefined) return undefined;
  const negated = ((fields.u32be(field.flags) ?? 0) & 1) !== 0;
  const target = to === undefined ? {} : { to: to < 0 ? ("verdict" as const) : to };
  return { kind: "lookup", set, from, negated, ...target };
}

function readLog(): Expression | undefined {
  const field = expressionField.log;
  const group = fields.u16be(field.group);
  if (group === undefined || (fields.u32be(field.flags) ?? 0) !== 0) return undefined;
  return {
    kind: "log",
    group,
    prefix: fields.text(field.prefix) ?? "",
    snapLength: fields.u32be(field.snapLength) ?? 0,
    queueThreshold: fields.u16be(field.queueThreshold) ?? 0,
  };
}
