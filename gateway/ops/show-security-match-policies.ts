// `show security match-policies`: which policy decides about a packet, and the sentence that says why, from the same IR
// that is in the kernel.

import { explainDecision } from "@merlon/compiler/explain.ts";
import { interpret, matchingRules } from "@merlon/compiler/interpret.ts";
import type { FlowPacket } from "@merlon/compiler/ir.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { integer, ipAddress, ipProtocol, zoneName } from "@merlon/model/schema/value.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { Input } from "./operation.ts";

export interface PolicyMatch {
  readonly policy: string;
  readonly scope: string;
  readonly action: string;
  readonly index: number;
  readonly fromZone: string;
  readonly toZone: string;
  readonly sentence: string;
  /** Policies behind the deciding one that match as well, in order: for this packet they are shadowed. */
  readonly shadowed: readonly {
    readonly policy: string;
    readonly scope: string;
    readonly action: string;
    readonly index: number;
  }[];
}

/** As on the original. */
const resultCountMax = 16;

export const showSecurityMatchPolicies = operation<PolicyMatch>({
  command: "show security match-policies",
  help: "Show which policy decides about a packet",
  parameters: [
    { word: "from-zone", help: "Zone that the packet comes from", type: zoneName, required: true },
    { word: "to-zone", help: "Zone that the packet goes to", type: zoneName, required: true },
    { word: "source-ip", help: "Source address", type: ipAddress, required: true },
    { word: "destination-ip", help: "Destination address", type: ipAddress, required: true },
    { word: "source-port", help: "Source port (default 1024)", type: integer(0, 65_535) },
    { word: "destination-port", help: "Destination port", type: integer(0, 65_535) },
    { word: "protocol", help: "IP protocol", type: ipProtocol, required: true },
    { word: "icmp-type", help: "ICMP type (default: echo request)", type: integer(0, 255) },
    { word: "icmp-code", help: "ICMP code (default 0)", type: integer(0, 255) },
    { word: "result-count", help: "Matching policies to show (default 1)", type: integer(1, resultCountMax) },
  ],
  run: async (gateway, input) => {
    const ir = gateway.running?.prepared.ir;
    if (ir === undefined) throw new OperationRefused("no configuration is in force");
    const packet = packetOf(input);
    if (packet.source.family !== packet.destination.family) {
      throw new OperationRefused("source-ip and destination-ip are not of one address family");
    }
    const decision = interpret(ir, packet);
    if (decision.kind !== "rule") throw new OperationRefused(explainDecision(decision, packet));
    return {
      policy: decision.rule.policy.name,
      scope: decision.rule.policy.scope,
      action: decision.rule.action,
      index: decision.rule.id,
      fromZone: packet.fromZone,
      toZone: packet.toZone,
      sentence: explainDecision(decision, packet),
      shadowed: [...matchingRules(ir, packet)]
        .slice(1, (input["result-count"] as number | undefined) ?? 1)
        .map(({ policy, action, id }) => ({ policy: policy.name, scope: policy.scope, action, index: id })),
    };
  },
  text: (match) =>
    `Policy: ${match.policy}, action-type: ${match.action}, State: enabled, Index: ${match.index}\n` +
    `  From zone: ${match.fromZone}, To zone: ${match.toZone}\n` +
    `  ${match.sentence}\n` +
    match.shadowed
      .map(
        ({ policy, action, index }) => `Policy: ${policy}, action-type: ${action}, State: shadowed, Index: ${index}\n`,
      )
      .join(""),
});

const icmpEchoRequest: Readonly<Record<number, number>> = { 1: 8, 58: 128 };

function packetOf(input: Input): FlowPacket {
  const protocol = input["protocol"] as number;
  const echo = icmpEchoRequest[protocol];
  const ports = [6, 17, 132].includes(protocol)
    ? {
        sourcePort: (input["source-port"] as number | undefined) ?? 1024,
        destinationPort: requiredPort(input["destination-port"]),
      }
    : {};
  const icmp =
    echo === undefined
      ? {}
      : {
          icmpType: (input["icmp-type"] as number | undefined) ?? echo,
          icmpCode: (input["icmp-code"] as number | undefined) ?? 0,
        };
  return {
    fromZone: input["from-zone"] as string,
    toZone: input["to-zone"] as string,
    source: input["source-ip"] as IpAddress,
    destination: input["destination-ip"] as IpAddress,
    protocol,
    ...ports,
    ...icmp,
  };
}

function requiredPort(port: unknown): number {
  if (typeof port === "number") return port;
  throw new OperationRefused("give the destination-port of this protocol");
}
