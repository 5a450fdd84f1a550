// One instruction of a rule as an element of its list of expressions.
// Source of attributes and sizes: the `nla_policy` tables of net/netfilter/nft_*.c, Linux 6.1 to 6.18.

import type { NftVerdict } from "@merlon/compiler/nft/program.ts";
import type { BatchWriter } from "./batch-writer.ts";
import type { Expression } from "./expression.ts";
import { nameOfFlowExpression, writeFlowExpression } from "./flow-expression.ts";
import {
  comparison,
  dataAttribute,
  expressionAttribute,
  expressionField,
  listElement,
  verdictAttribute,
  verdictCode,
} from "./nf-tables-number.ts";
import { writeTranslation } from "./translation-expression.ts";
import { writePacketExpression } from "./packet-expression.ts";

const lookupInverted = 1;
const hostToNetwork = 1;
const wordBytes = 4;
/** NFT_REG_VERDICT. */
const verdictRegister = 0;

/**
 * The kernel knows its registers by two names: 1 to 4 have 16 bytes, 8 to 23 have 4. It says the first wherever it can
 * (nft_dump_register), and so do we.
 */
export function registerOf(word: number): number {
  return word % 4 === 0 ? word / 4 + 1 : word + 8;
}

export function writeExpression(writer: BatchWriter, expression: Expression): void {
  const element = writer.open(listElement);
  writer.text(expressionAttribute.name, nameOf(expression));
  const data = writer.open(expressionAttribute.data);
  writeFields(writer, expression);
  writer.close(data);
  writer.close(element);
}

function nameOf({ kind }: Expression): string {
  switch (kind) {
    case "set-meta":
      return "meta";
    case "set-ct":
    case "ct-original":
      return "ct";
    case "verdict":
      return "immediate";
    case "object":
      return "objref";
    case "set-segment-size":
      return nameOfFlowExpression(kind);
    default:
      return kind;
  }
}

function writeFields(writer: BatchWriter, expression: Expression): void {
  const field = expressionField;
  switch (expression.kind) {
    case "meta":
    case "ct":
      writer.u32(field.meta.key, expression.key).u32(field.meta.to, registerOf(expression.to));
      return;
    case "set-meta":
      writer.u32(field.meta.key, expression.key).u32(field.meta.from, registerOf(expression.from));
      return;
    case "set-ct":
      writer.u32(field.ct.key, expression.key).u32(field.ct.from, registerOf(expression.from));
      return;
    case "payload":
      writer.u32(field.payload.to, registerOf(expression.to)).u32(field.payload.base, expression.base);
      writer.u32(field.payload.offset, expression.offset).u32(field.payload.length, expression.length);
      return;
    case "cmp":
      writer.u32(field.cmp.from, registerOf(expression.from)).u32(field.cmp.operator, expression.operator);
      writeData(writer, field.cmp.data, expression.data);
      return;
    case "range":
      writer.u32(field.range.from, registerOf(expression.from));
      writer.u32(field.range.operator, comparison[expression.negated ? "!=" : "=="]);
      writeData(writer, field.range.first, expression.first);
      writeData(writer, field.range.last, expression.last);
      return;
    case "bitwise": {
      const { from, to, mask } = expression;
      writer.u32(field.bitwise.from, registerOf(from)).u32(field.bitwise.to, registerOf(to));
      writer.u32(field.bitwise.length, mask.length);
      writeData(writer, field.bitwise.mask, mask);
      writeData(writer, field.bitwise.xor, new Uint8Array(mask.length));
      return;
    }
    case "byteorder": {
      const { from, to, length } = expression;
      writer.u32(field.byteorder.from, registerOf(from)).u32(field.byteorder.to, registerOf(to));
      writer.u32(field.byteorder.operation, hostToNetwork).u32(field.byteorder.length, length);
      writer.u32(field.byteorder.size, length === 2 ? 2 : wordBytes);
      return;
    }
    case "immediate":
      writer.u32(field.immediate.to, registerOf(expression.to));
      writeData(writer, field.immediate.data, expression.data);
      return;
    default:
      writeRest(writer, expression);
  }
}

function writeRest(writer: BatchWriter, expression: Expression): void {
  const field = expressionField;
  switch (expression.kind) {
    case "verdict": {
      writer.u32(field.immediate.to, verdictRegister);
      const data = writer.open(field.immediate.data);
      writeVerdict(writer, expression.verdict);
      writer.close(data);
      return;
    }
    case "lookup": {
      const { set, setId, from, to, negated } = expression;
      writer.text(field.lookup.set, set).u32(field.lookup.from, registerOf(from));
      if (to !== undefined) writer.u32(field.lookup.to, to === "verdict" ? verdictRegister : registerOf(to));
      if (setId !== undefined) writer.u32(field.lookup.setId, setId);
      if (negated) writer.u32(field.lookup.flags, lookupInverted);
      return;
    }
    case "counter":
      return;
    case "log":
      writer.text(field.log.prefix, expression.prefix).u16(field.log.group, expression.group);
      writer.u32(field.log.snapLength, expression.snapLength);
      writer.u16(field.log.queueThreshold, expression.queueThreshold);
      return;
    case "reject":
      writer.u32(field.reject.type, expression.type).u8(field.reject.code, expression.code);
      return;
    case "object":
      writer.u32(field.objref.type, expression.type).text(field.objref.name, expression.name);
      return;
    case "set-segment-size":
    case "flow_offload":
      return writeFlowExpression(writer, expression, registerOf);
    case "exthdr":
    case "fib":
    case "ct-original":
    case "limit":
    case "dynset":
    case "numgen":
    case "notrack":
    case "synproxy":
      return writePacketExpression(writer, expression, registerOf);
    case "nat":
    case "masq":
      return writeTranslation(writer, expression, registerOf);
    case "foreign":
      throw new Error(`a foreign instruction cannot be written: ${expression.text}`);
    default:
      throw new Error(`an instruction of kind ${expression.kind} has no fields here`);
  }
}

function writeData(writer: BatchWriter, type: number, bytes: Uint8Array): void {
  const data = writer.open(type);
  writer.bytes(dataAttribute.value, bytes);
  writer.close(data);
}

/** The verdict inside an attribute that holds data. */
export function writeVerdict(writer: BatchWriter, verdict: NftVerdict): void {
  const data = writer.open(dataAttribute.verdict);
  writer.u32(verdictAttribute.code, verdictCode[verdict.kind]);
  if ("chain" in verdict) writer.text(verdictAttribute.chain, verdict.chain);
  writer.close(data);
}
