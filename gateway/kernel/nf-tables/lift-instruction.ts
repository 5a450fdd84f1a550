// An instruction in registers out of the kernel's instruction; undefined for what is none of ours. Fields of the packet
// have the name that the canonical form has for them: the ports of any protocol are those of `th`.

import type { NftInstruction, NftLoad } from "@merlon/compiler/nft/program.ts";
import type { Expression } from "./expression.ts";
import { liftFlowExpression } from "./flow-expression.ts";
import { liftPacketInstruction } from "./packet-instruction.ts";
import { liftTranslation } from "./translation-expression.ts";
import { comparison, ctKey, ctZoneKey, ctLabelKey, metaKey, payloadBase } from "./nf-tables-number.ts";

const operators = new Map<number, "==" | "!=" | "<" | ">">([
  [comparison["=="], "=="],
  [comparison["!="], "!="],
  [comparison["<"], "<"],
  [comparison[">"], ">"],
]);
const metaKeys: ReadonlyMap<number, keyof typeof metaKey> = new Map(
  Object.entries(metaKey).map(([key, number]) => [number, key as keyof typeof metaKey]),
);
const ctKeys: ReadonlyMap<number, keyof typeof ctKey> = new Map(
  Object.entries(ctKey).map(([key, number]) => [number, key as keyof typeof ctKey]),
);

export function liftInstruction(expression: Expression): NftInstruction | undefined {
  if (("from" in expression && expression.from < 1) || ("to" in expression && isWordZero(expression.to)))
    return undefined;
  switch (expression.kind) {
    case "meta": {
      const key = metaKeys.get(expression.key);
      if (key === undefined) return liftPacketInstruction(expression);
      return { op: "load", expression: { kind: "meta", key }, to: expression.to };
    }
    case "ct": {
      const key = ctKeys.get(expression.key);
      return key === undefined ? undefined : { op: "load", expression: { kind: "ct", key }, to: expression.to };
    }
    case "payload": {
      const load = liftPayload(expression);
      if (load === undefined) return liftPacketInstruction(expression);
      return { op: "load", expression: load, to: expression.to };
    }
    case "set-meta":
      return expression.key === metaKey.mark ? { op: "store", target: "meta mark", from: expression.from } : undefined;
    case "set-ct":
      if (expression.key === ctZoneKey) return { op: "store", target: "ct zone", from: expression.from };
      if (expression.key === ctLabelKey) return { op: "store", target: "ct label", from: expression.from };
      return expression.key === ctKey.mark ? { op: "store", target: "ct mark", from: expression.from } : undefined;
    case "lookup": {
      const { set, from, to, negated } = expression;
      if (negated) return to === undefined ? { op: "lookup", set, from, negated } : undefined;
      if (to === "verdict") return { op: "vmap", map: set, from };
      return to === undefined ? { op: "lookup", set, from } : { op: "lookup", set, from, to };
    }
    case "bitwise":
      return liftBitwise(expression);
    case "byteorder":
      return expression.length === 4
        ? { op: "swap", from: expression.from, to: expression.to }
        : liftPacketInstruction(expression);
    case "immediate": {
      const { data, to } = expression;
      if (data.length === 2) return { op: "port", value: ((data[0] ?? 0) << 8) | (data[1] ?? 0), to };
      const value = numberOf(data, true);
      return value === undefined ? undefined : { op: "immediate", value, to };
    }
    case "cmp": {
      const operator = operators.get(expression.operator);
      const value = numberOf(expression.data, operator === "==" || operator === "!=");
      return operator === undefined || value === undefined
        ? undefined
        : { op: "compare", from: expression.from, operator, value };
    }
    case "range":
    case "verdict":
    case "counter":
    case "log":
    case "reject":
    case "object":
    case "foreign":
      return undefined;
    case "nat":
    case "masq":
      return liftTranslation(expression);
    case "set-segment-size":
    case "flow_offload":
      return liftFlowExpression(expression);
    default:
      return liftPacketInstruction(expression);
  }
}

function isWordZero(to: number | "verdict" | undefined): boolean {
  return to === 0;
}

function liftPayload({ base, offset, length }: Expression & { kind: "payload" }): NftLoad | undefined {
  if (base === payloadBase.network) {
    if (length === 4 && offset === 12) return { kind: "payload", protocol: "ip", field: "saddr" };
    if (length === 4 && offset === 16) return { kind: "payload", protocol: "ip", field: "daddr" };
    if (length === 16 && offset === 8) return { kind: "payload", protocol: "ip6", field: "saddr" };
    return length === 16 && offset === 24 ? { kind: "payload", protocol: "ip6", field: "daddr" } : undefined;
  }
  if (base !== payloadBase.transport) return undefined;
  if (length === 2 && offset === 0) return { kind: "payload", protocol: "th", field: "sport" };
  if (length === 2 && offset === 2) return { kind: "payload", protocol: "th", field: "dport" };
  if (length === 1 && offset === 0) return { kind: "payload", protocol: "icmp", field: "type" };
  return length === 1 && offset === 1 ? { kind: "payload", protocol: "icmp", field: "code" } : undefined;
}

function liftBitwise({ from, to, mask }: Expression & { kind: "bitwise" }): NftInstruction | undefined {
  if (mask.length % 4 === 0 && mask.every((byte) => byte === 0xff))
    return { op: "copy", from, to, words: mask.length / 4 };
  const value = numberOf(mask, true);
  return value === undefined ? undefined : { op: "mask", from, to, mask: value };
}

function numberOf(bytes: Uint8Array, littleEndian: boolean): number | undefined {
  if (bytes.length !== 4) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, littleEndian);
}
