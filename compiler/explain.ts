// The one sentence that says why a packet passed or did not: the shell, logs, the console and proofs print it as it is.

import { formatProtocol } from "@merlon/model/schema/value.ts";
import { familyWords } from "./flow-options/flow-options.ts";
import { hostZone } from "./ir.ts";
import type { Action, FlowPacket, PolicyName } from "./ir.ts";
import type { Decision, PacketHeader } from "./interpret.ts";

const pastTense: Readonly<Record<Action, string>> = { permit: "permitted", deny: "denied", reject: "rejected" };

export function explainDecision(decision: Decision, packet: FlowPacket): string {
  const zones = `from-zone ${packet.fromZone} to-zone ${packet.toZone}`;
  switch (decision.kind) {
    case "mode-drop":
      return `denied by security forwarding-options family ${familyWords[packet.source.family]} mode drop, whatever the policies ${zones} say`;
    case "no-zone":
      return `denied: no traffic passes ${zones}, because one of them is not a security zone here`;
    case "no-host-policy":
      return packet.toZone === hostZone
        ? `permitted by host-inbound-traffic where it allows ${formatService(packet)}: no policy ${zones} is configured`
        : `permitted: no policy ${zones} is configured, so what the gateway sends passes`;
    case "rule": {
      const verb = pastTense[decision.action];
      const { policy, unmet } = decision.rule;
      const because = unmet === undefined ? "" : `: ${unmet}`;
      if (policy.scope !== "default") return `${verb} by ${formatPolicy(policy)} ${zones}${because}`;
      if (packet.toZone === hostZone) {
        return `permitted by host-inbound-traffic where it allows ${formatService(packet)}: no policy ${zones} matched`;
      }
      return `${verb} by default-policy: no policy ${zones} matched ${formatService(packet)}`;
    }
  }
}

/** `policy db`, `global policy block-telnet`, `default-policy`. */
export function formatPolicy(policy: PolicyName): string {
  switch (policy.scope) {
    case "zone-pair":
      return `policy ${policy.name}`;
    case "global":
      return `global policy ${policy.name}`;
    case "default":
      return policy.name;
  }
}

/** `tcp/5432`, `icmp/8`, `ospf`. */
export function formatService(packet: PacketHeader): string {
  const detail = packet.destinationPort ?? packet.icmpType;
  return detail === undefined ? formatProtocol(packet.protocol) : `${formatProtocol(packet.protocol)}/${detail}`;
}
