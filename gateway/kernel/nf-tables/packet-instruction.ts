// Packet checks of the compiler as the kernel's instructions, and back.

import { namedLoad } from "@merlon/compiler/nft/packet-check.ts";
import type { NftPacketCheck, NftPacketLoad, OriginalField } from "@merlon/compiler/nft/packet-check.ts";
import type { NftInstruction } from "@merlon/compiler/nft/program.ts";
import type { Expression } from "./expression.ts";
import { payloadBase } from "./nf-tables-number.ts";
import { extensionKind, fibDestination, fibDevice, fibSource, fibType } from "./packet-expression.ts";
import type { PacketExpression } from "./packet-expression.ts";

/** NFT_META_LEN. */
const metaLength = 0;
/** NFT_CT_SRC_IP and its neighbours; NFT_CT_PROTO_SRC and NFT_CT_PROTO_DST. */
const originalKeys: Readonly<Record<OriginalField, number>> = {
  "ip saddr": 19,
  "ip daddr": 20,
  "ip6 saddr": 21,
  "ip6 daddr": 22,
  sport: 11,
  dport: 12,
};
const originalFields = new Map(
  Object.entries(originalKeys).map(([field, key]) => [key, field as OriginalField] as const),
);

export function lowerPacketLoad(load: NftPacketLoad, to: number): Expression {
  switch (load.kind) {
    case "bytes": {
      const { header, offset, length } = load;
      return { kind: "payload", base: payloadBase[header], offset, length, to };
    }
    case "has-extension":
      return { kind: "exthdr", of: extensionKind.ipv6, type: load.header, offset: 0, length: 1, present: true, to };
    case "extension": {
      const { header, offset, length } = load;
      return { kind: "exthdr", of: extensionKind.ipv6, type: header, offset, length, present: false, to };
    }
    case "has-ip-option":
      return { kind: "exthdr", of: extensionKind.ipv4, type: load.option, offset: 0, length: 1, present: true, to };
    case "route-back":
      return { kind: "fib", result: fibDevice, flags: fibSource, to };
    case "source-type":
      return { kind: "fib", result: fibType, flags: fibSource, to };
    case "destination-type":
      return { kind: "fib", result: fibType, flags: fibDestination, to };
    case "packet-length":
      return { kind: "meta", key: metaLength, to };
    case "original":
      return { kind: "ct-original", key: originalKeys[load.field], to };
  }
}

export function lowerPacketCheck(check: NftPacketCheck): Expression {
  switch (check.op) {
    case "limit": {
      const { count, unitSeconds, burst } = check;
      return { kind: "limit", count, unitSeconds, burst, over: false };
    }
    case "meter": {
      const { op: _, ...rest } = check;
      return { kind: "dynset", ...rest };
    }
    case "draw": {
      const { how, first, count, to } = check;
      return { kind: "numgen", random: how === "random", first, count, to };
    }
    case "to-port":
      return { kind: "byteorder", from: check.at, to: check.at, length: 2 };
    case "notrack":
      return { kind: "notrack" };
    case "synproxy":
      return { kind: "synproxy", segmentSize: check.segmentSize };
  }
}

/** The load or check that an instruction is; undefined for what is none. */
export function liftPacketInstruction(expression: Expression): NftInstruction | undefined {
  switch (expression.kind) {
    case "meta":
      return expression.key === metaLength
        ? { op: "load", expression: { kind: "packet-length" }, to: expression.to }
        : undefined;
    case "payload":
      return liftBytes(expression);
    case "exthdr": {
      const load = liftExtension(expression);
      return load === undefined ? undefined : { op: "load", expression: load, to: expression.to };
    }
    case "fib":
      return {
        op: "load",
        expression: { kind: fibLoad(expression) },
        to: expression.to,
      };
    case "limit": {
      const { count, unitSeconds, burst, over } = expression;
      return over ? undefined : { op: "limit", count, unitSeconds, burst };
    }
    case "dynset": {
      const { kind: _, ...rest } = expression;
      return { op: "meter", ...rest };
    }
    case "numgen": {
      const { random, first, count, to } = expression;
      return { op: "draw", how: random ? "random" : "in-turn", first, count, to };
    }
    case "byteorder":
      return expression.length === 2 && expression.from === expression.to
        ? { op: "to-port", at: expression.to }
        : undefined;
    case "notrack":
      return { op: "notrack" };
    case "ct-original": {
      const field = originalFields.get(expression.key);
      return field === undefined
        ? undefined
        : { op: "load", expression: { kind: "original", field }, to: expression.to };
    }
    case "synproxy":
      return { op: "synproxy", segmentSize: expression.segmentSize };
    default:
      return undefined;
  }
}

function fibLoad({ result, flags }: PacketExpression & { kind: "fib" }) {
  if (result === fibDevice) return "route-back";
  return flags === fibSource ? "source-type" : "destination-type";
}

function liftBytes({ base, offset, length, to }: Expression & { kind: "payload" }): NftInstruction | undefined {
  const header = base === payloadBase.network ? "network" : base === payloadBase.transport ? "transport" : undefined;
  if (header === undefined || (length !== 1 && length !== 2 && length !== 4)) return undefined;
  return { op: "load", expression: namedLoad({ kind: "bytes", header, offset, length }), to };
}

function liftExtension(expression: PacketExpression & { kind: "exthdr" }): NftPacketLoad | undefined {
  const { of, type, offset, length, present } = expression;
  if (of === extensionKind.ipv6) {
    if (present) return offset === 0 && length === 1 ? { kind: "has-extension", header: type } : undefined;
    const fits = length === 1 || length === 2 || length === 4;
    return fits ? { kind: "extension", header: type, offset, length } : undefined;
  }
  if (!present || offset !== 0 || length !== 1) return undefined;
  return type === 7 || type === 131 || type === 137 ? { kind: "has-ip-option", option: type } : undefined;
}
