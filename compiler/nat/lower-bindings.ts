// Persistent NAT in the kernel's table. The first packet of an inner address and port draws a free outer one and notes both
// in maps that rules fill; later sessions find it there, and what comes from outside is led back by it. The maps survive
// commits. What makes a binding what it is stands in its class: a class that no rule has any more opens nothing, from the
// switch of the commit on.

import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { Ir } from "../ir.ts";
import { fixedSet } from "../nft/fixed-set.ts";
import type { NftChain, NftElement, NftExpression, NftInstruction, NftLoad, NftRule, NftSet } from "../nft/program.ts";
import { drop, goTo, iifname, jump, l4proto, number, payload, rule, text } from "../nft/statements.ts";
import { addressWords, instructions, loadAddress } from "../screen/packet-tests.ts";
import { addressType } from "../screen/zone-objects.ts";
import { generationName } from "../nft/table-names.ts";
import { bindingSets } from "./binding-sets.ts";
import { natHitsSet, natRefusals } from "./nat-names.ts";
import { usualPorts } from "./ir-nat.ts";
import { bindingAddressesMax, bindingSlots, placeOf } from "./persistent-nat.ts";
import type { PersistentRule } from "./persistent-nat.ts";
import { addressImmediates, named } from "./nat-instructions.ts";
import { single } from "./nat-steps.ts";
import { addressAt, sizeOf } from "./range-size.ts";

/** Drawn outer addresses and ports that are tried before a session is refused; its next packet tries again. */
const triesMax = 16;

/** RTN_LOCAL. */
const localType = 2;

/**
 * Words of registers. An inner end is `protocol class address port`, an outer end `protocol address port`; each is a key, and
 * the data of what leads to it. What a map has written begins with a protocol that is loaded again before it is a key,
 * because nft 1.0.6 aborts over a key with a part that begins where a map wrote.
 */
const inner = { at: 1 } as const;
const outer = { at: 8, address: 9, port: { 4: 10, 6: 13 } } as const;
/** The inner end that an outer one leads to. With a device before it, the class is the key of a way in. */
const found = { at: 4, address: 6, port: { 4: 7, 6: 10 } } as const;

export interface BindingParts {
  readonly chains: readonly NftChain[];
  readonly sets: readonly NftSet[];
}

interface Names {
  /** For a chain or a map of one rule: another one each time. */
  readonly nameOf: (...words: readonly string[]) => string;
  readonly generation: number;
}

/** The chains that a first packet of the rule takes on its way out; `start` is the first. */
export function lowerOutward(
  from: PersistentRule,
  family: Family,
  ranges: readonly IpRange[],
  nameOf: Names["nameOf"],
): BindingParts & { readonly start: string } {
  const ofRule = (word: string) => nameOf(`${word}${family}`, from.set.name, from.rule.name);
  const [start, keep, go, draw] = [ofRule("bind"), ofRule("keep"), ofRule("bound"), ofRule("draw")];
  const slots = slotsOf(from, family, ranges, () => ofRule("outer"));
  const triesCount = isFixed(from, ranges) ? 1 : triesMax;
  return {
    start,
    sets: slots === undefined ? [] : [slots],
    chains: [
      {
        name: start,
        rules: [rule(jump(keep)), ...Array.from({ length: triesCount }, () => rule(jump(draw))), refuse()],
      },
      { name: draw, rules: [drawRule(from, family, drawnAddress(from, family, ranges, slots), keep)] },
      { name: keep, rules: keepRules(from, family, go) },
      { name: go, rules: goRules(from, family) },
    ],
  };
}

/** What is refused counts. */
function refuse(...test: readonly NftInstruction[]): NftRule {
  return rule(
    instructions(
      ...test,
      { op: "immediate", value: natRefusals, to: inner.at },
      { op: "lookup", set: natHitsSet, from: inner.at },
    ),
    drop,
  );
}

/** Whether there is one outer end alone that the inner one may have. */
function isFixed({ persistent, outer: bound }: PersistentRule, ranges: readonly IpRange[]): boolean {
  if (bound.kind === "device" || (bound.pool.ports !== "keep" && !persistent.addressMapping)) return false;
  return !persistent.addressMapping || ranges.reduce((sum, range) => sum + sizeOf(range), 0) === 1;
}

/** A free outer end for an inner one that has none yet. */
function drawRule(from: PersistentRule, family: Family, address: readonly NftInstruction[], keep: string): NftRule {
  const sets = bindingSets[family];
  const free: readonly NftInstruction[] = [
    ...address,
    ...drawnPort(from, family),
    protocol(from, outer.at),
    { op: "lookup", set: sets.taken.name, from: outer.at, negated: true },
    ...innerKey(from, family, inner.at),
    { op: "meter", set: sets.bound.name, from: inner.at, refresh: false, data: outer.at, ...timeOf(from) },
  ];
  return rule(instructions(...free), goTo(keep));
}

/** A binding that is there takes another session, unless it has as many as it may. */
function keepRules(from: PersistentRule, family: Family, go: string): readonly NftRule[] {
  const sets = bindingSets[family];
  const { persistent } = from;
  const ends: readonly NftInstruction[] = [
    ...innerKey(from, family, inner.at),
    { op: "lookup", set: sets.bound.name, from: inner.at, to: outer.at },
    protocol(from, outer.at),
  ];
  const busy: NftInstruction = {
    op: "meter",
    set: sets.busy.name,
    from: outer.at,
    refresh: false,
    over: { sessions: persistent.sessionsMax },
  };
  const full = refuse(...ends, busy);
  if (persistent.permit === "any-remote-host") return [full, rule(goTo(go))];
  // The peer that may send from now on: the outer end before it, so the inner one stands behind both.
  const [own, peer] = [1, 3 + addressWords[family]];
  const noted: readonly NftInstruction[] = [
    ...innerKey(from, family, outer.at),
    { op: "lookup", set: sets.bound.name, from: outer.at, to: own },
    protocol(from, own),
    ...peerKey(from, family, "destination", peer),
    { op: "meter", set: sets.peers.name, from: own, refresh: true, ...timeOf(from) },
  ];
  return [full, rule(instructions(...noted), goTo(go))];
}

/** Begins the times anew, and translates. */
function goRules(from: PersistentRule, family: Family): readonly NftRule[] {
  const sets = bindingSets[family];
  const refresh = { refresh: true, ...timeOf(from) };
  const { persistent, outer: bound, rule: natRule } = from;
  const ported = persistent.addressMapping ? {} : { port: outer.port[family] };
  return [
    rule(
      instructions(
        ...innerKey(from, family, inner.at),
        { op: "lookup", set: sets.bound.name, from: inner.at, to: outer.at },
        protocol(from, outer.at),
        { op: "meter", set: sets.bound.name, from: inner.at, data: outer.at, ...refresh },
        { op: "meter", set: sets.taken.name, from: outer.at, ...refresh },
        { op: "meter", set: sets.inward.name, from: outer.at, data: inner.at, ...refresh },
        ...named(natRule.id, "source"),
        bound.kind === "device"
          ? { op: "masquerade", ...ported, flags: [] }
          : { op: "translate", side: "source", family, address: outer.address, ...ported, flags: [] },
      ),
    ),
  ];
}

/** How outer ends are read from a packet that comes in: as it says, by its device, or its address alone. */
type Way = "port" | "device" | "address";

function wayOf({ persistent, outer: bound }: PersistentRule): Way {
  return bound.kind === "device" ? "device" : persistent.addressMapping ? "address" : "port";
}

/** What comes in by a device where bindings may be used, and the maps that lead it there. */
export function lowerInward(
  ir: Ir,
  rules: readonly PersistentRule[],
  family: Family,
  { nameOf, generation }: Names,
): BindingParts & { readonly start: string } {
  const devices = devicesName(family, generation);
  const classes: NftElement[] = [];
  const chains: NftChain[] = [];
  for (const from of rules) {
    const name = nameOf(`inward${family}`, from.set.name, from.rule.name);
    chains.push({ name, rules: inwardRules(from, family, devices) });
    for (const { device } of ir.interfaces) {
      const devicesIn = from.outer.kind === "device" ? [from.outer.device] : from.set.to.devices;
      if (!devicesIn.includes(device)) continue;
      classes.push({ key: [text(device), number(from.bindingClass)], data: { kind: "goto", chain: name } });
    }
  }
  const map = generationName(`nat_classes${family}`, generation);
  const start = nameOf(`inward${family}`);
  const ways = [...new Set(rules.map(wayOf))];
  const led = ways.map((way) =>
    rule(
      instructions(
        ...outerEnd(way, family, devices),
        { op: "lookup", set: bindingSets[family].inward.name, from: outer.at, to: found.at },
        load(iifname, inner.at),
        { op: "vmap", map, from: inner.at },
      ),
    ),
  );
  const byDevice = rules.some((from) => wayOf(from) === "device") ? [deviceMap(ir, family, devices)] : [];
  const sets = [fixedSet(map, ["ifname", "mark"], "verdict", classes), ...byDevice];
  return { start, sets, chains: [{ name: start, rules: led }, ...chains] };
}

/** Numbers in the place of addresses, for devices whose own address is bound. */
function deviceMap(ir: Ir, family: Family, name: string): NftSet {
  const elements = ir.interfaces.map(({ device }): NftElement => ({
    key: [text(device)],
    data: [number(0), { kind: "addresses", range: single(placeOf(device, family)) }],
  }));
  return fixedSet(name, ["ifname"], ["mark", addressType[family]], elements);
}

function inwardRules(from: PersistentRule, family: Family, devices: string): readonly NftRule[] {
  const sets = bindingSets[family];
  const { persistent, rule: natRule } = from;
  const way = wayOf(from);
  const busy: NftInstruction = {
    op: "meter",
    set: sets.busy.name,
    from: outer.at,
    refresh: false,
    over: { sessions: persistent.sessionsMax },
  };
  const full = refuse(...outerEnd(way, family, devices), busy);
  const translated = rule(
    instructions(
      ...outerEnd(way, family, devices),
      { op: "lookup", set: sets.inward.name, from: outer.at, to: found.at },
      ...named(natRule.id, "destination"),
      {
        op: "translate",
        side: "destination",
        family,
        address: found.address,
        ...(persistent.addressMapping ? {} : { port: found.port[family] }),
        flags: [],
      },
    ),
  );
  if (persistent.permit === "any-remote-host") return [full, translated];
  const [own, peer] = [1, 3 + addressWords[family]];
  const unknown: readonly NftInstruction[] = [
    ...outerEnd(way, family, devices, own),
    ...peerKey(from, family, "source", peer),
    { op: "lookup", set: sets.peers.name, from: own, negated: true },
  ];
  return [rule(instructions(...unknown), { kind: "verdict", verdict: { kind: "return" } }), full, translated];
}

/** The outer end that a packet is sent to, as the key of what leads back. */
function outerEnd(way: Way, family: Family, devices: string, at: number = outer.at): readonly NftInstruction[] {
  const port = at + 1 + addressWords[family];
  switch (way) {
    case "port":
      return [load(l4proto, at), loadAddress(family, "destination", at + 1), load(payload("th", "dport"), port)];
    case "device":
      // An address of the device that the packet came in by, and no other: what merely passes has a destination of its own.
      return [
        { op: "load", expression: { kind: "destination-type" }, to: deviceName },
        { op: "compare", from: deviceName, operator: "==", value: localType },
        load(iifname, deviceName),
        { op: "lookup", set: devices, from: deviceName, to: at },
        load(l4proto, at),
        load(payload("th", "dport"), port),
      ];
    case "address":
      return [
        { op: "immediate", value: 0, to: at },
        loadAddress(family, "destination", at + 1),
        { op: "port", value: 0, to: port },
      ];
  }
}

/** Four words that an outer end of either place leaves free. */
const deviceName = 12;

function innerKey(from: PersistentRule, family: Family, at: number): readonly NftInstruction[] {
  const port = at + 2 + addressWords[family];
  return [
    protocol(from, at),
    { op: "immediate", value: from.bindingClass, to: at + 1 },
    loadAddress(family, "source", at + 2),
    from.persistent.addressMapping ? { op: "port", value: 0, to: port } : load(payload("th", "sport"), port),
  ];
}

/** The other host, and its port where ports are told apart. */
function peerKey(
  { persistent }: PersistentRule,
  family: Family,
  side: "source" | "destination",
  at: number,
): readonly NftInstruction[] {
  const port = at + addressWords[family];
  return [
    loadAddress(family, side, at),
    persistent.permit === "target-host-port" && !persistent.addressMapping
      ? load(payload("th", side === "source" ? "sport" : "dport"), port)
      : { op: "port", value: 0, to: port },
  ];
}

function drawnAddress(
  { persistent, outer: bound }: PersistentRule,
  family: Family,
  ranges: readonly IpRange[],
  slots: NftSet | undefined,
): readonly NftInstruction[] {
  if (bound.kind === "device") {
    return addressImmediates(single(placeOf(bound.device, family)), "first", outer.address);
  }
  const [only] = ranges;
  if (slots === undefined) return only === undefined ? [] : addressImmediates(only, "first", outer.address);
  const lookup: NftInstruction = { op: "lookup", set: slots.name, from: inner.at, to: outer.at };
  if (persistent.addressMapping) {
    return [{ op: "draw", how: "in-turn", first: 0, count: slots.elements.length, to: inner.at }, lookup];
  }
  const last = inner.at + addressWords[family] - 1;
  return [
    loadAddress(family, "source", inner.at),
    { op: "mask", from: last, to: inner.at, mask: bindingSlots - 1, network: true },
    lookup,
  ];
}

/** Outer addresses by slot; undefined where there is one alone. */
function slotsOf(
  { persistent }: PersistentRule,
  family: Family,
  ranges: readonly IpRange[],
  name: () => string,
): NftSet | undefined {
  const total = ranges.reduce((sum, range) => sum + sizeOf(range), 0);
  if (total < 2) return undefined;
  const count = persistent.addressMapping ? Math.min(total, bindingAddressesMax) : bindingSlots;
  const elements = [...addressesOf(ranges, Math.min(count, total), count)].map((address, slot): NftElement => ({
    key: [number(slot)],
    data: [number(0), { kind: "addresses", range: single(address) }],
  }));
  // A drawn number is in the order of the machine, the last byte of a source in that of the network.
  return fixedSet(name(), [persistent.addressMapping ? "mark" : "word"], ["mark", addressType[family]], elements);
}

/** The first addresses of some ranges, again and again until there are as many as wanted. */
function* addressesOf(ranges: readonly IpRange[], distinct: number, count: number): Generator<IpAddress> {
  const first: IpAddress[] = [];
  for (const range of ranges) {
    for (let at = 0; at < sizeOf(range) && first.length < distinct; at++) first.push(addressAt(range, at));
  }
  for (let at = 0; at < count; at++) {
    const address = first[at % first.length];
    if (address !== undefined) yield address;
  }
}

function drawnPort(
  { persistent, outer: bound, rule: { action } }: PersistentRule,
  family: Family,
): readonly NftInstruction[] {
  const to = outer.port[family];
  if (persistent.addressMapping) return [{ op: "port", value: 0, to }];
  const own = action.kind === "interface" ? action.ports : usualPorts;
  const ports = bound.kind === "pool" ? bound.pool.ports : own;
  if (ports === "keep") return [load(payload("th", "sport"), to)];
  const { first, last } = ports;
  return [
    { op: "draw", how: "random", first, count: last - first + 1, to },
    { op: "to-port", at: to },
  ];
}

function protocol({ persistent }: PersistentRule, to: number): NftInstruction {
  return persistent.addressMapping ? { op: "immediate", value: 0, to } : load(l4proto, to);
}

function timeOf({ persistent }: PersistentRule): { readonly timeoutMs: number } {
  return { timeoutMs: persistent.inactivitySeconds * 1_000 };
}

function devicesName(family: Family, generation: number): string {
  return generationName(`nat_devices${family}`, generation);
}

function load(expression: NftExpression, to: number): NftInstruction {
  return { op: "load", expression: expression as NftLoad, to };
}
