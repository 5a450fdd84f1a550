// What the commands about translation say of rules and pools: where each stands, what it has counted, and how many sessions
// it translates now. Sessions are counted by their labels, in one walk through the table.

import type { AddressMatch, Ir } from "@merlon/compiler/ir.ts";
import { natHitsSet } from "@merlon/compiler/nat/nat-names.ts";
import type { NatKind, NatMatch, NatRule, NatRuleSet, NatSide } from "@merlon/compiler/nat/ir-nat.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { rangesOf } from "@merlon/model/ip/range-set.ts";
import { formatProtocol } from "@merlon/model/schema/value.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";

export interface NatCount {
  /** Sessions since the rule stands in the kernel. */
  readonly hits: number;
  /** Sessions that live now. */
  readonly sessions: number;
}

export interface NatRuleFacts<A> {
  readonly kind: NatKind;
  readonly set: NatRuleSet<A> & { readonly to?: NatSide };
  readonly rule: NatRule<A>;
  /** From 1 on, over all sets. */
  readonly position: number;
  readonly count: NatCount;
}

export async function natCounts(gateway: Gateway): Promise<(id: number) => NatCount> {
  const { nat } = gateway.running?.prepared.ir ?? {};
  const sets = nat === undefined ? [] : [...nat.static, ...nat.destination, ...nat.source];
  const isThere = sets.some(({ rules }) => rules.length > 0);
  if (!isThere) return () => ({ hits: 0, sessions: 0 });
  const hits = await gateway.kernel.readHits(natHitsSet);
  const sessions = new Map<number, number>();
  for await (const batch of gateway.kernel.dumpSessions()) {
    for (const { natRules } of batch) {
      for (const id of [natRules?.destination, natRules?.source]) {
        if (id !== undefined) sessions.set(id, (sessions.get(id) ?? 0) + 1);
      }
    }
  }
  return (id) => ({ hits: hits.get(id)?.packets ?? 0, sessions: sessions.get(id) ?? 0 });
}

/** The rules of some sets, those named `wanted` or all. */
export async function ruleFacts<A>(
  gateway: Gateway,
  kind: NatKind,
  sets: readonly (NatRuleSet<A> & { readonly to?: NatSide })[],
  wanted: string | undefined,
): Promise<readonly NatRuleFacts<A>[]> {
  const countOf = await natCounts(gateway);
  const all = sets.flatMap((set) => set.rules.map((rule) => ({ set, rule })));
  return all
    .map(({ set, rule }, index) => ({ kind, set, rule, position: index + 1, count: countOf(rule.id) }))
    .filter(({ rule }) => wanted === undefined || rule.name === wanted);
}

export function addressesOf(ir: Ir, match: AddressMatch): readonly IpRange[] {
  if (match.kind === "any") return [];
  return match.names.flatMap((name) => [...rangesOf(ir.addressSets.get(name) ?? { ipv4: [], ipv6: [] })]);
}

/** `10.0.0.0        - 10.255.255.255`. */
export function rangeText(range: IpRange): string {
  return `${lowOf(range).padEnd(15)} - ${highOf(range)}`;
}

export function lowOf(range: IpRange): string {
  return formatIp(range.family === 4 ? { family: 4, value: range.first } : { family: 6, value: range.first });
}

export function highOf(range: IpRange): string {
  return formatIp(range.family === 4 ? { family: 4, value: range.last } : { family: 6, value: range.last });
}

export interface PortFacts {
  readonly protocols: readonly string[];
  readonly source: readonly NumberRange[];
  readonly destination: readonly NumberRange[];
}

/** Ports and protocols that a rule asks for; empty where it asks for applications, or for nothing. */
export function portFacts({ services, applications }: NatMatch): PortFacts {
  if (services === "any" || applications.length > 0) return { protocols: [], source: [], destination: [] };
  const protocols = new Set<string>();
  const source = new Map<string, NumberRange>();
  const destination = new Map<string, NumberRange>();
  const note = (into: Map<string, NumberRange>, range: NumberRange) => {
    if (range.first > 0 || range.last < 65_535) into.set(`${range.first}-${range.last}`, range);
  };
  for (const term of services) {
    protocols.add(formatProtocol(term.kind === "icmp" ? (term.family === 4 ? 1 : 58) : term.protocol));
    if (term.kind !== "ports") continue;
    note(source, term.source);
    note(destination, term.destination);
  }
  return { protocols: [...protocols], source: [...source.values()], destination: [...destination.values()] };
}

/** How many prefixes of each version the rules of a kind name. */
export function prefixCounts(
  ir: Ir,
  sets: readonly NatRuleSet<unknown>[],
): { readonly v4: number; readonly v6: number } {
  const ranges = sets.flatMap(({ rules }) =>
    rules.flatMap(({ match }) => [...addressesOf(ir, match.source), ...addressesOf(ir, match.destination)]),
  );
  const v4 = ranges.filter(({ family }) => family === 4).length;
  return { v4, v6: ranges.length - v4 };
}
