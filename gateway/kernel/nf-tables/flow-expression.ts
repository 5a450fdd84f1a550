// The kernel's instructions that change how a session goes on (compiler/nft/flow-change.ts): as data, as attributes,
// and back.
// Source: the `nla_policy` tables and `dump` functions of net/netfilter/nft_exthdr.c and nft_flow_offload.c, Linux 6.1
// to 6.18.

import type { NftFlowChange } from "@merlon/compiler/nft/flow-change.ts";
import type { AttributeTable } from "../netlink-message.ts";
import type { BatchWriter } from "./batch-writer.ts";

/** Registers are words, as in `Expression`. */
export type FlowExpression =
  | { readonly kind: "set-segment-size"; readonly from: number }
  | { readonly kind: "flow_offload"; readonly flowtable: string };

const field = {
  exthdr: { type: 2, offset: 3, length: 4, of: 6, from: 7 },
  offload: { flowtable: 1 },
} as const;
/** NFT_EXTHDR_OP_TCPOPT, TCPOPT_MSS, and where its number stands. */
const segmentSize = { of: 1, type: 2, offset: 2, length: 2 } as const;

export function nameOfFlowExpression(kind: FlowExpression["kind"]): string {
  return kind === "set-segment-size" ? "exthdr" : kind;
}

/** Writes the fields of the instruction; `register` is the kernel's name of a word. */
export function writeFlowExpression(
  writer: BatchWriter,
  expression: FlowExpression,
  register: (word: number) => number,
): void {
  switch (expression.kind) {
    case "set-segment-size":
      writer.u32(field.exthdr.from, register(expression.from)).u8(field.exthdr.type, segmentSize.type);
      writer.u32(field.exthdr.offset, segmentSize.offset).u32(field.exthdr.length, segmentSize.length);
      writer.u32(field.exthdr.of, segmentSize.of);
      return;
    case "flow_offload":
      writer.text(field.offload.flowtable, expression.flowtable);
  }
}

/** Undefined for what Merlon never writes; `word` gives the word behind a register's attribute. */
export function readFlowExpression(
  name: string,
  fields: AttributeTable,
  word: (type: number) => number | undefined,
): FlowExpression | undefined {
  if (name === "flow_offload") {
    const flowtable = fields.text(field.offload.flowtable);
    return flowtable === undefined ? undefined : { kind: "flow_offload", flowtable };
  }
  if (name !== "exthdr") return undefined;
  const from = word(field.exthdr.from);
  const { type, offset, length, of } = field.exthdr;
  const isOurs =
    fields.u32be(of) === segmentSize.of &&
    fields.u8(type) === segmentSize.type &&
    fields.u32be(offset) === segmentSize.offset &&
    fields.u32be(length) === segmentSize.length;
  return from === undefined || !isOurs ? undefined : { kind: "set-segment-size", from };
}

export function lowerFlowChange(change: NftFlowChange): FlowExpression {
  switch (change.op) {
    case "set-segment-size":
      return { kind: "set-segment-size", from: change.from };
    case "offload":
      return { kind: "flow_offload", flowtable: change.flowtable };
  }
}

export function liftFlowExpression(expression: FlowExpression): NftFlowChange {
  switch (expression.kind) {
    case "set-segment-size":
      return { op: "set-segment-size", from: expression.from };
    case "flow_offload":
      return { op: "offload", flowtable: expression.flowtable };
  }
}

export function printFlowExpression(expression: FlowExpression): string {
  const { kind, ...rest } = expression;
  return `[ ${kind} ${JSON.stringify(rest)} ]`;
}
