// The reference semantics of translation, as plain as can be: what must happen to the first packet of a session. Tests hold
// the kernel to it, and it finds the rule of a session that nobody noted.

import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import { matches } from "../interpret.ts";
import type { PacketHeader } from "../interpret.ts";
import type { Ir } from "../ir.ts";
import { usualPorts } from "./ir-nat.ts";
import type { NatKind, NatMatch, NatRule, NatRuleSet, StaticMap } from "./ir-nat.ts";
import { findInward, sameEnd } from "./binding.ts";
import type { Binding, InwardUse } from "./binding.ts";
import { boundAddresses } from "./bound-addresses.ts";
import { hairpinsOf, innerDevices } from "./hairpins.ts";
import { hasBinding, persistentRules, persistentRulesOf } from "./persistent-nat.ts";
import type { PersistentRule } from "./persistent-nat.ts";
import { addressAt, offsetIn, single } from "./range-size.ts";

/** The rule that decided. */
export interface NatDecider {
  readonly kind: NatKind;
  readonly set: NatRuleSet<unknown>;
  readonly rule: NatRule<unknown>;
}

export type Translation =
  | { readonly kind: "none" }
  | ({ readonly kind: "off" | "refuse" } & { readonly by: NatDecider })
  | { readonly kind: "translate"; readonly by: NatDecider; readonly to: TranslationTarget };

export type TranslationTarget =
  | { readonly kind: "exact"; readonly address: IpAddress; readonly port?: number }
  /** Some address of the device that the packet leaves by. */
  | { readonly kind: "interface"; readonly ports: NumberRange; readonly random: boolean }
  /** Some address of one of the ranges. */
  | {
      readonly kind: "pool";
      readonly ranges: readonly IpRange[];
      readonly ports: NumberRange | "keep";
      readonly persistent: boolean;
      readonly random: boolean;
    }
  /** What the inner end is bound to; where it is not, some outer end of these that is not bound, from then on the same. */
  | {
      readonly kind: "binding";
      readonly rule: PersistentRule;
      readonly addresses: readonly IpRange[] | "interface";
      readonly ports: NumberRange | "keep" | "none";
    };

const none: Translation = { kind: "none" };

/**
 * Before the route is looked up. `device` is the one that the packet came in by. Of bindings the first packet alone knows;
 * `toGateway` where the destination is an address of that device.
 */
export function translateDestination(
  ir: Ir,
  device: string,
  packet: PacketHeader,
  { bindings, toGateway }: { readonly bindings: readonly Binding[]; readonly toGateway: boolean } = nothingBound,
): Translation {
  const { nat } = ir;
  for (const set of nat?.static ?? []) {
    if (!set.from.devices.includes(device)) continue;
    for (const rule of set.rules) {
      if (!applies(ir, rule.match, packet)) continue;
      const by: NatDecider = { kind: "static", set, rule };
      if (rule.action.kind === "refuse") return { kind: "refuse", by };
      const to = mapped(rule.action, "outer", "inner", packet.destination, packet.destinationPort);
      if (to !== undefined) return { kind: "translate", by, to };
    }
  }
  for (const set of nat?.destination ?? []) {
    if (!set.from.devices.includes(device)) continue;
    for (const rule of set.rules) {
      if (!applies(ir, rule.match, packet)) continue;
      const by: NatDecider = { kind: "destination", set, rule };
      if (rule.action.kind !== "pool") return { kind: rule.action.kind, by };
      const to = destinationTarget(ir, rule.match, rule.action.pool, packet);
      return to === undefined ? { kind: "refuse", by } : { kind: "translate", by, to };
    }
  }
  const found = findInward(ir, device, packet, bindings, toGateway);
  if (found === undefined) return none;
  const { set, rule, persistent } = found.rule;
  const { address, port } = found.binding.inner;
  const to = { kind: "exact", address, ...(persistent.addressMapping ? {} : { port }) } as const;
  return { kind: "translate", by: { kind: "source", set, rule }, to };
}

const nothingBound = { bindings: [], toGateway: false };

/**
 * After the policy. `packet` has its translated destination already. Of bindings the first packet alone knows; `first` is that
 * packet as it came in.
 */
export function translateSource(
  ir: Ir,
  inDevice: string,
  outDevice: string,
  packet: PacketHeader,
  known?: { readonly bindings: readonly Binding[]; readonly first: PacketHeader },
): Translation {
  // Nothing passes a device without a zone, and what the gateway itself sends came in by none.
  const devices = ir.interfaces.map(({ device }) => device);
  if (!devices.includes(inDevice) || !devices.includes(outDevice)) return none;
  const used = known === undefined ? undefined : findHairpin(ir, inDevice, outDevice, packet, known);
  if (used?.hairpin !== undefined) {
    const { leaving, isStranger } = used.hairpin;
    const { set, rule } = used.rule;
    if (isStranger) return { kind: "refuse", by: { kind: "source", set, rule } };
    const inside = seenFrom(ir, sourceBetween(ir, inDevice, leaving, packet), leaving, packet.source.family);
    if (inside.kind !== "none") return inside;
  }
  return sourceBetween(ir, inDevice, outDevice, packet);
}

/** The binding by which a packet went in that stays inside. */
function findHairpin(
  ir: Ir,
  inDevice: string,
  outDevice: string,
  packet: PacketHeader,
  { bindings, first }: { readonly bindings: readonly Binding[]; readonly first: PacketHeader },
): InwardUse | undefined {
  const used = findInward(ir, inDevice, first, bindings, false);
  if (used?.hairpin === undefined) return undefined;
  const { persistent, bindingClass } = used.rule;
  if (!innerDevices(hairpinsOf(ir, persistentRules(ir)), inDevice).has(outDevice)) return undefined;
  const inner = { address: packet.destination, port: persistent.addressMapping ? 0 : (packet.destinationPort ?? 0) };
  const protocol = persistent.addressMapping ? 0 : packet.protocol;
  const isBound = bindings.some(
    (it) => it.bindingClass === bindingClass && it.protocol === protocol && sameEnd(it.inner, inner),
  );
  return isBound ? used : undefined;
}

/** What leaves by no outer device has an address of it all the same; without one it is refused. */
function seenFrom(ir: Ir, translation: Translation, leaving: string, family: Family): Translation {
  if (translation.kind !== "translate") return translation;
  const { by, to } = translation;
  if (to.kind !== "interface" && !(to.kind === "binding" && to.addresses === "interface")) return translation;
  const [address] = boundAddresses(ir, leaving, family);
  if (address === undefined) return { kind: "refuse", by };
  const ranges = [single(address)];
  if (to.kind === "binding") return { kind: "translate", by, to: { ...to, addresses: ranges } };
  return { kind: "translate", by, to: { ...to, kind: "pool", ranges, persistent: false } };
}

function sourceBetween(ir: Ir, inDevice: string, outDevice: string, packet: PacketHeader): Translation {
  const { nat } = ir;
  for (const set of nat?.static ?? []) {
    if (!set.from.devices.includes(outDevice)) continue;
    for (const rule of set.rules) {
      if (rule.action.kind === "refuse" || !appliesBackwards(ir, rule.match, packet)) continue;
      const to = mapped(rule.action, "inner", "outer", packet.source, packet.sourcePort);
      if (to !== undefined) return { kind: "translate", by: { kind: "static", set, rule }, to };
    }
  }
  for (const set of nat?.source ?? []) {
    if (!set.from.devices.includes(inDevice) || !set.to.devices.includes(outDevice)) continue;
    for (const rule of set.rules) {
      if (!applies(ir, rule.match, packet)) continue;
      const by: NatDecider = { kind: "source", set, rule };
      const { action } = rule;
      if (action.kind === "off" || action.kind === "refuse") return { kind: action.kind, by };
      const own = persistentRulesOf(ir, set, rule).find(
        ({ outer }) => outer.kind === "pool" || outer.device === outDevice,
      );
      const bound = bindingTarget(own, packet);
      if (bound !== undefined) return { kind: "translate", by, to: bound };
      if (action.kind === "interface") return { kind: "translate", by, to: action };
      const to = sourceTarget(ir, action, packet);
      return to === undefined ? { kind: "refuse", by } : { kind: "translate", by, to };
    }
  }
  return none;
}

function applies(ir: Ir, match: NatMatch, packet: PacketHeader): boolean {
  return matches(ir, { match: { kind: "packets", ...match }, action: "deny" }, packet);
}

/** What a static rule says of the outer host, said of the destination of what the inner one sends. */
function appliesBackwards(ir: Ir, { source, services }: NatMatch, packet: PacketHeader): boolean {
  const backwards: NatMatch = {
    source: { kind: "any" },
    destination: source,
    services: services === "any" ? services : services.map(withoutOuterPort),
    applications: [],
  };
  return applies(ir, backwards, packet);
}

function withoutOuterPort(term: ServiceTerm): ServiceTerm {
  if (term.kind !== "ports") return term;
  return { ...term, source: { first: 0, last: 65_535 }, destination: term.source };
}

/** The address and port on the other side of a static rule; undefined where the rule does not hold the packet's. */
function mapped(
  map: StaticMap,
  from: "outer" | "inner",
  to: "outer" | "inner",
  address: IpAddress,
  port: number | undefined,
): TranslationTarget | undefined {
  const offset = offsetIn(map[from], address);
  if (offset === undefined) return undefined;
  const other = addressAt(map[to], offset);
  if (map.ports === undefined) return { kind: "exact", address: other };
  const range = map.ports[from];
  if (port === undefined || port < range.first || port > range.last) return undefined;
  return { kind: "exact", address: other, port: map.ports[to].first + port - range.first };
}

/** Undefined where no address is there for the packet. */
function destinationTarget(
  ir: Ir,
  match: NatMatch,
  poolIndex: number,
  packet: PacketHeader,
): TranslationTarget | undefined {
  const pool = ir.nat?.destinationPools[poolIndex];
  if (pool === undefined || pool.range.family !== packet.destination.family) return undefined;
  const ported = packet.protocol === 6 || packet.protocol === 17;
  const port = pool.port === undefined || !ported ? {} : { port: pool.port };
  if (pool.range.first === pool.range.last) return { kind: "exact", address: addressAt(pool.range, 0), ...port };
  const offset = blockOf(ir, match, pool.range.family).flatMap((range) => offsetIn(range, packet.destination) ?? []);
  const address = offset[0] === undefined ? undefined : addressAt(pool.range, offset[0]);
  if (address === undefined || BigInt(address.value) > BigInt(pool.range.last)) return undefined;
  return { kind: "exact", address, ...port };
}

/** The addresses of a rule that become those of a pool one by one: none where they are not one range. */
export function blockOf(ir: Pick<Ir, "addressSets">, { destination }: NatMatch, family: 4 | 6): readonly IpRange[] {
  if (destination.kind === "any" || destination.excluded) return [];
  const sets = destination.names.map((name) => ir.addressSets.get(name));
  if (sets.some((set) => set === undefined || set.dns !== undefined || set.wildcards !== undefined)) return [];
  const ranges = sets.flatMap((set): readonly IpRange[] =>
    family === 4
      ? (set?.ipv4 ?? []).map((range) => ({ family, ...range }))
      : (set?.ipv6 ?? []).map((range) => ({ family, ...range })),
  );
  return ranges.length === 1 ? ranges : [];
}

/** Undefined where the rule binds nothing of the packet. */
function bindingTarget(rule: PersistentRule | undefined, packet: PacketHeader): TranslationTarget | undefined {
  if (rule === undefined || !hasBinding(rule.persistent, packet.protocol)) return undefined;
  const { outer, persistent } = rule;
  if (outer.kind === "device") {
    const ports = rule.rule.action.kind === "interface" ? rule.rule.action.ports : usualPorts;
    return { kind: "binding", rule, addresses: "interface", ports };
  }
  const { pool } = outer;
  const ports = persistent.addressMapping ? "none" : pool.ports;
  const addresses = pool.ranges.filter(({ family }) => family === packet.source.family);
  return addresses.length === 0 ? undefined : { kind: "binding", rule, addresses, ports };
}

function sourceTarget(
  ir: Ir,
  { pool: index, random }: { readonly pool: number; readonly random: boolean },
  packet: PacketHeader,
): TranslationTarget | undefined {
  const pool = ir.nat?.sourcePools[index];
  const ranges = (pool?.ranges ?? []).filter(({ family }) => family === packet.source.family);
  const [first] = ranges;
  if (pool === undefined || first === undefined) return undefined;
  const { ports, persistent, base, overflow } = pool;
  if (base === undefined) return { kind: "pool", ranges, ports, persistent, random: random && ports !== "keep" };
  const offset = BigInt(packet.source.value) - BigInt(base.value);
  const address = offset < 0n ? undefined : addressAt(first, offset);
  if (address !== undefined && BigInt(address.value) <= BigInt(first.last)) return { kind: "exact", address };
  if (overflow === undefined) return undefined;
  if (overflow === "interface") return { kind: "interface", ports: usualPorts, random };
  return sourceTarget(ir, { pool: overflow, random }, packet);
}
