// The reference semantics of the IR, as plain as can be: what a gateway must do with a packet. Tests hold the kernel to
// it, `show security match-policies` answers with it.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { icmpProtocol } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import { excludesUnresolved, membersContain } from "./address-members.ts";
import { hostZone, systemRuleIds } from "./ir.ts";
import type { Action, AddressMatch, FlowPacket, Ir, IrContext, IrInterface, IrRule, RuleId } from "./ir.ts";

export type Decision =
  | { readonly kind: "rule"; readonly action: Action; readonly context: IrContext; readonly rule: IrRule }
  /** Denied, because nothing of its family is forwarded, whatever the policies say. */
  | { readonly kind: "mode-drop"; readonly action: "deny"; readonly ruleId: RuleId }
  /** Denied, because a zone is none of those that transit traffic may pass: unknown, without policies, management. */
  | { readonly kind: "no-zone"; readonly action: "deny"; readonly ruleId: RuleId }
  /** Between the gateway itself and a zone, without any policy about it: host-inbound-traffic decides what comes in. */
  | { readonly kind: "no-host-policy"; readonly action: "permit"; readonly ruleId: RuleId };

/** What a packet says for itself, whatever zones it passes. */
export type PacketHeader = Omit<FlowPacket, "fromZone" | "toZone">;

export function interpret(ir: Ir, packet: FlowPacket): Decision {
  const isHost = packet.fromZone === hostZone || packet.toZone === hostZone;
  if (!isHost && isDropped(ir, packet)) return { kind: "mode-drop", action: "deny", ruleId: systemRuleIds.modeDrop };
  const context = contextOf(ir, packet);
  if (context !== undefined) return decide(ir, context, packet);
  const other = packet.fromZone === hostZone ? packet.toZone : packet.fromZone;
  if (isHost && ir.zones.some(({ name }) => name === other)) {
    return { kind: "no-host-policy", action: "permit", ruleId: systemRuleIds.hostPermit };
  }
  return { kind: "no-zone", action: "deny", ruleId: systemRuleIds.noZone };
}

/** Whether nothing of the packet's family is forwarded. */
export function isDropped({ flow }: Pick<Ir, "flow">, { source }: Pick<PacketHeader, "source">): boolean {
  return flow?.droppedFamilies?.includes(source.family) === true;
}

/** What the rules of one context do with a packet. */
export function decide(ir: Ir, context: IrContext, packet: PacketHeader): Extract<Decision, { kind: "rule" }> {
  const rule = context.rules.find((candidate) => matches(ir, candidate, packet));
  if (rule === undefined) throw new Error(`context ${context.fromZone} ${context.toZone} has no default policy`);
  return { kind: "rule", action: rule.action, context, rule };
}

/** Every rule that matches, in order: the first decides, those after it are shadowed for this packet. */
export function* matchingRules(ir: Ir, packet: FlowPacket): Generator<IrRule> {
  for (const rule of contextOf(ir, packet)?.rules ?? []) if (matches(ir, rule, packet)) yield rule;
}

/** Rules before the deciding one that are not in force, and would match if they were. */
export function* passedOver(ir: Ir, packet: FlowPacket): Generator<PassedOver> {
  for (const rule of contextOf(ir, packet)?.rules ?? []) {
    if (matches(ir, rule, packet)) return;
    const { match, action } = rule;
    if (match.kind !== "nothing" || match.otherwise === undefined) continue;
    if (matches(ir, { match: match.otherwise, action }, packet)) yield { rule, because: match.because };
  }
}

export interface PassedOver {
  readonly rule: IrRule;
  readonly because: string;
}

function contextOf(ir: Ir, { fromZone, toZone }: Pick<FlowPacket, "fromZone" | "toZone">): IrContext | undefined {
  return ir.contexts.find((context) => context.fromZone === fromZone && context.toZone === toZone);
}

export function matches(ir: Ir, { match, action }: Pick<IrRule, "match" | "action">, packet: PacketHeader): boolean {
  if (match.kind === "nothing") return false;
  return (
    addressMatches(ir, match.source, action, packet.source) &&
    addressMatches(ir, match.destination, action, packet.destination) &&
    servicesMatch(match.services, packet)
  );
}

function addressMatches(ir: Ir, match: AddressMatch, action: Action, address: IpAddress): boolean {
  if (match.kind === "any") return true;
  if (action === "permit" && excludesUnresolved(ir, match)) return false;
  const inSome = match.names.some((name) => {
    const members = ir.addressSets.get(name);
    return members !== undefined && membersContain(members, address);
  });
  return inSome !== match.excluded;
}

export function servicesMatch(services: "any" | readonly ServiceTerm[], packet: PacketHeader): boolean {
  return services === "any" || services.some((term) => termMatches(term, packet));
}

export function termMatches(term: ServiceTerm, packet: PacketHeader): boolean {
  const { family } = packet.source;
  switch (term.kind) {
    case "protocol":
      // ICMP exists in IPv4 alone and ICMPv6 in IPv6 alone; the kernel knows no other combination.
      if ((term.protocol === 1 && family === 6) || (term.protocol === 58 && family === 4)) return false;
      return packet.protocol === term.protocol;
    case "ports":
      return (
        packet.protocol === term.protocol &&
        inRange(term.source, packet.sourcePort, 65_535) &&
        inRange(term.destination, packet.destinationPort, 65_535)
      );
    case "icmp":
      return (
        family === term.family &&
        packet.protocol === icmpProtocol[term.family] &&
        inRange(term.type, packet.icmpType, 255) &&
        inRange(term.code, packet.icmpCode, 255)
      );
  }
}

/** A range of everything also holds a value that is not known. */
function inRange({ first, last }: NumberRange, value: number | undefined, max: number): boolean {
  if (first === 0 && last === max) return true;
  return value !== undefined && value >= first && value <= last;
}

export interface HostInboundDecision {
  readonly action: Action;
  readonly ruleId: RuleId;
  /** Absent when the device is in no zone, and then nothing is allowed. */
  readonly interface?: IrInterface;
  /** The policy to `junos-host` that was asked after host-inbound-traffic had allowed the packet. */
  readonly rule?: IrRule;
}

/** What happens to a packet for the gateway itself that came in by a kernel device. */
export function interpretHostInbound(ir: Ir, device: string, packet: PacketHeader): HostInboundDecision {
  const found = ir.interfaces.find((candidate) => candidate.device === device);
  if (found === undefined) return { action: "deny", ruleId: systemRuleIds.hostInbound };
  const { terms, ruleId = systemRuleIds.hostPermit } = found.hostInbound;
  if (!servicesMatch(terms, packet)) return { action: "deny", ruleId: systemRuleIds.hostInbound, interface: found };
  const context = contextOf(ir, { fromZone: found.zone, toZone: hostZone });
  if (context === undefined) return { action: "permit", ruleId, interface: found };
  const { action, rule } = decide(ir, context, packet);
  return { action, ruleId: rule.id, interface: found, rule };
}

/** The rule for a packet that the gateway itself sends by a device; undefined where no policy speaks of it: it passes. */
export function interpretHostOutbound(ir: Ir, device: string, packet: PacketHeader): IrRule | undefined {
  const found = ir.interfaces.find((candidate) => candidate.device === device);
  const context = found && contextOf(ir, { fromZone: hostZone, toZone: found.zone });
  return context === undefined ? undefined : decide(ir, context, packet).rule;
}
