// What the commands about translation say of rules and pools: where each stands, what it has counted, and how many sessions
// it translates now. Sessions are counted by their labels, in one walk through the table.

import type { AddressMatch, Ir } from "@merlon/compiler/ir.ts";
import { natHitsSet } from "@merlon/compiler/nat/nat-names.ts";
import type { IrNat, NatKind, NatMatch, NatRule, NatRuleSet, NatSide } from "@merlon/compiler/nat/ir-nat.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { rangesOf } from "@merlon/model/ip/range-set.ts";
import { formatProtocol } from "@merlon/model/schema/value.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import type { KernelTuple } from "../kernel/kernel.ts";

export interface NatCount {
  /** First packets that the rule has translated, since it stands in the kernel or was cleared. */
  readonly hits: number;
  /** How many of them began a session, and how many were dropped behind the rule; undefined where nobody can tell. */
  readonly outcome: { readonly successful: number; readonly failed: number } | undefined;
  /** Sessions that live now. */
  readonly sessions: number;
}

/** Ports in use, by address: a port that leads to several servers is used once. */
export type UsedPorts = ReadonlyMap<number | bigint, ReadonlySet<number>>;

export interface NatUse {
  readonly countOf: (id: number) => NatCount;
  /** Those of a source pool that translates ports, by its place in the IR. */
  readonly portsOf: (pool: number) => UsedPorts;
}

export interface NatRuleFacts<A> {
  readonly kind: NatKind;
  readonly set: NatRuleSet<A> & { readonly to?: NatSide };
  readonly rule: NatRule<A>;
  /** From 1 on, over all sets. */
  readonly position: number;
  readonly count: NatCount;
}

export async function natUse({ running, kernel }: Pick<Gateway, "running" | "kernel">): Promise<NatUse> {
  const { nat } = running?.prepared.ir ?? {};
  const sets = nat === undefined ? [] : [...nat.static, ...nat.destination, ...nat.source];
  const isThere = sets.some(({ rules }) => rules.length > 0);
  if (nat === undefined || !isThere) return { countOf: () => noCount, portsOf: () => new Map() };
  const hits = await kernel.readHits(natHitsSet);
  const sessions = new Map<number, number>();
  const poolOf = portedPools(nat);
  const ports = new Map<number, Map<number | bigint, Set<number>>>();
  for await (const batch of kernel.dumpSessions()) {
    for (const { natRules, reply } of batch) {
      for (const id of [natRules?.destination, natRules?.source]) {
        if (id !== undefined) sessions.set(id, (sessions.get(id) ?? 0) + 1);
      }
      const pool = natRules?.source === undefined ? undefined : poolOf.get(natRules.source);
      if (pool !== undefined)
        noteEnd(
          entryOf(ports, pool, () => new Map()),
          reply,
        );
    }
  }
  const sourceIds = new Set(nat.source.flatMap(({ rules }) => rules.map(({ id }): number => id)));
  const droppedCount = await kernel.readSessionFailures();
  return {
    countOf: (id) => {
      const count = hits.get(id)?.packets ?? 0;
      // Behind the rules of source NAT only the kernel drops, when it finds no free outer end; behind others policies do.
      const failedMax = sourceIds.has(id) ? Math.min(droppedCount, count) : count;
      const outcome = failedMax === 0 ? { successful: count, failed: 0 } : undefined;
      return { hits: count, outcome, sessions: sessions.get(id) ?? 0 };
    },
    portsOf: (pool) => ports.get(pool) ?? new Map(),
  };
}

const noCount: NatCount = { hits: 0, outcome: { successful: 0, failed: 0 }, sessions: 0 };

/** The pools that rules lead to, where they translate ports. */
function portedPools({ source, sourcePools }: IrNat): ReadonlyMap<number, number> {
  const rules = source.flatMap((set) => set.rules);
  return new Map(
    rules.flatMap(({ id, action }): [number, number][] =>
      action.kind === "pool" && sourcePools[action.pool]?.ports !== "keep" ? [[id, action.pool]] : [],
    ),
  );
}

/** What comes back is sent to the outer end. Identifiers of ICMP are translated like ports. */
function noteEnd(into: Map<number | bigint, Set<number>>, { destination, destinationPort, icmpId }: KernelTuple): void {
  const port = destinationPort ?? icmpId;
  if (port !== undefined) entryOf(into, destination.value, () => new Set()).add(port);
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

export function usedCount(used: UsedPorts, range?: IpRange): number {
  let count = 0;
  for (const [address, ports] of used) {
    const isWithin =
      range === undefined || (isOfFamily(address, range) && address >= range.first && address <= range.last);
    if (isWithin) count += ports.size;
  }
  return count;
}

function isOfFamily(address: number | bigint, { family }: IpRange): boolean {
  return (typeof address === "number") === (family === 4);
}

/** The rules of some sets, those named `wanted` or all. */
export async function ruleFacts<A>(
  gateway: Gateway,
  kind: NatKind,
  sets: readonly (NatRuleSet<A> & { readonly to?: NatSide })[],
  wanted: string | undefined,
): Promise<readonly NatRuleFacts<A>[]> {
  const { countOf } = await natUse(gateway);
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
