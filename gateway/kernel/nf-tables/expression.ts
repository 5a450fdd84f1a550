// The kernel's own instructions of a rule, one by one, as plain data: what statements become on their way to the kernel
// and what a dump is read into. Registers are counted in words of 32 bits, 0 to 15. Numbers of operators and keys are
// those of nf-tables-number.ts. Printed, they look like those of `nft --debug=netlink`.
// Source: the expressions of net/netfilter/nft_*.c, Linux 6.1 to 6.18.

import { printVerdict } from "@merlon/compiler/nft/print-statement.ts";
import type { NftVerdict } from "@merlon/compiler/nft/program.ts";
import { printFlowExpression } from "./flow-expression.ts";
import type { FlowExpression } from "./flow-expression.ts";
import { printPacketExpression } from "./packet-expression.ts";
import type { PacketExpression } from "./packet-expression.ts";
import { printTranslationExpression } from "./translation-expression.ts";
import type { TranslationExpression } from "./translation-expression.ts";

export type Expression =
  | FlowExpression
  | PacketExpression
  | TranslationExpression
  | { readonly kind: "meta" | "ct"; readonly key: number; readonly to: number }
  | { readonly kind: "set-meta" | "set-ct"; readonly key: number; readonly from: number }
  | {
      readonly kind: "payload";
      readonly base: number;
      readonly offset: number;
      readonly length: number;
      readonly to: number;
    }
  | { readonly kind: "cmp"; readonly operator: number; readonly from: number; readonly data: Uint8Array }
  | {
      readonly kind: "range";
      readonly negated: boolean;
      readonly from: number;
      readonly first: Uint8Array;
      readonly last: Uint8Array;
    }
  | { readonly kind: "bitwise"; readonly from: number; readonly to: number; readonly mask: Uint8Array }
  /** Of one word of 4 bytes, or of one number of 2. */
  | { readonly kind: "byteorder"; readonly from: number; readonly to: number; readonly length: number }
  | { readonly kind: "immediate"; readonly to: number; readonly data: Uint8Array }
  | { readonly kind: "verdict"; readonly verdict: NftVerdict }
  | {
      readonly kind: "lookup";
      readonly set: string;
      /** Names a set of the same transaction that has no name of its own yet. */
      readonly setId?: number;
      readonly from: number;
      /** Where a map writes its data; `verdict` of a verdict map. */
      readonly to?: number | "verdict";
      readonly negated: boolean;
    }
  | { readonly kind: "counter" }
  | {
      readonly kind: "log";
      readonly group: number;
      readonly prefix: string;
      readonly snapLength: number;
      readonly queueThreshold: number;
    }
  | { readonly kind: "reject"; readonly type: number; readonly code: number }
  | { readonly kind: "object"; readonly type: number; readonly name: string }
  /** What Merlon never writes. */
  | { readonly kind: "foreign"; readonly text: string };

const operators = ["==", "!=", "<", "<=", ">", ">="] as const;

export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "meta":
    case "ct":
      return `[ ${expression.kind} load ${expression.key} => word ${expression.to} ]`;
    case "set-meta":
    case "set-ct":
      return `[ ${expression.kind.slice(4)} set ${expression.key} with word ${expression.from} ]`;
    case "payload": {
      const { length, base, offset, to } = expression;
      return `[ payload load ${length}b @ header ${base} + ${offset} => word ${to} ]`;
    }
    case "cmp":
      return `[ cmp word ${expression.from} ${operators[expression.operator] ?? "?"} ${hex(expression.data)} ]`;
    case "range": {
      const { negated, from, first, last } = expression;
      return `[ range word ${from} ${negated ? "!= " : ""}${hex(first)}-${hex(last)} ]`;
    }
    case "bitwise":
      return `[ bitwise word ${expression.to} = word ${expression.from} & ${hex(expression.mask)} ]`;
    case "byteorder":
      return `[ byteorder word ${expression.to} = word ${expression.from}, ${expression.length} bytes ]`;
    case "immediate":
      return `[ immediate word ${expression.to} = ${hex(expression.data)} ]`;
    case "verdict":
      return `[ ${printVerdict(expression.verdict)} ]`;
    case "lookup": {
      const { set, from, to, negated } = expression;
      const target = to === undefined ? "" : to === "verdict" ? " => verdict" : ` => word ${to}`;
      return `[ lookup word ${from} ${negated ? "not " : ""}in ${set}${target} ]`;
    }
    case "counter":
      return "[ counter ]";
    case "log":
      return `[ log group ${expression.group} prefix ${JSON.stringify(expression.prefix)} ]`;
    case "reject":
      return `[ reject type ${expression.type} code ${expression.code} ]`;
    case "object":
      return `[ object type ${expression.type} ${expression.name} ]`;
    case "foreign":
      return `[ ${expression.text} ]`;
    case "nat":
    case "masq":
      return printTranslationExpression(expression);
    case "set-segment-size":
    case "flow_offload":
      return printFlowExpression(expression);
    case "exthdr":
    case "fib":
    case "limit":
    case "dynset":
    case "numgen":
    case "notrack":
    case "ct-original":
    case "synproxy":
      return printPacketExpression(expression);
  }
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
