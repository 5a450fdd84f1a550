// Persistent NAT in the kernel's table. The first packet of an inner address and port draws a free outer one and notes both
// in maps that rules fill; later sessions find it there, and what comes from outside is led back by it. The maps survive
// commits. What makes a binding what it is stands in its class: a class that no rule has any more opens nothing, from the
// switch of the commit on.

import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { Ir } from "../ir.ts";
import { fixedSet } from "../nft/fixed-set.ts";
import type { NftChain, NftElement, NftInstruction, NftRule, NftSet } from "../nft/program.ts";
import { goTo, iifname, jump, number, payload, rule, text } from "../nft/statements.ts";
import { addressWords, loadAddress } from "../screen/packet-tests.ts";
import { addressType } from "../screen/zone-objects.ts";
import { generationName } from "../nft/table-names.ts";
import {
  devicesName,
  found,
  inner,
  innerKey,
  load,
  outer,
  outerEnd,
  peerKey,
  placesName,
  protocolOf,
  refuse,
  timeOf,
  wayOf,
} from "./binding-keys.ts";
import type { KeyContext, Way } from "./binding-keys.ts";
import { bindingSets } from "./binding-sets.ts";
import { boundAddresses } from "./bound-addresses.ts";
import type { Hairpin } from "./hairpins.ts";
import { natRefusals, natStrangers } from "./nat-names.ts";
import { usualPorts } from "./ir-nat.ts";
import { bindingAddressesMax, bindingSlots, placeOf } from "./persistent-nat.ts";
import type { PersistentRule } from "./persistent-nat.ts";
import { addressImmediates, instructions, named } from "./nat-instructions.ts";
import type { HairpinEnd } from "./nat-steps.ts";
import { addressAt, single, sizeOf } from "./range-size.ts";

/** Drawn outer addresses and ports that are tried before a session is refused; its next packet tries again. */
const triesMax = 16;

/** Packets that draw at the same time have different ones of so many numbers. */
const numbersCount = 0xffff_ffff;

export interface BindingParts {
  readonly chains: readonly NftChain[];
  readonly sets: readonly NftSet[];
}

interface Names {
  /** For a chain or a map of one rule: another one each time. */
  readonly nameOf: (...words: readonly string[]) => string;
  readonly generation: number;
}

/**
 * The chains that a first packet of the rule takes on its way out; `start` is the first. With `hairpin`, on its way to
 * another inner host.
 */
export function lowerOutward(
  from: PersistentRule,
  family: Family,
  ranges: readonly IpRange[],
  { nameOf, hairpin }: Pick<Names, "nameOf"> & { readonly hairpin: HairpinEnd | undefined },
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
        rules: [
          rule(jump(keep)),
          ...Array.from({ length: triesCount }, () => rule(jump(draw))),
          // Where nothing is free any more, another packet of the same inner end may have had the last one.
          rule(jump(keep)),
          refuse(natRefusals),
        ],
      },
      { name: draw, rules: [drawRule(from, family, drawnAddress(from, family, ranges, slots), keep)] },
      { name: keep, rules: keepRules(from, family, go) },
      { name: go, rules: goRules(from, family, hairpin) },
    ],
  };
}

/** Whether there is one outer end alone that the inner one may have. */
function isFixed({ persistent, outer: bound }: PersistentRule, ranges: readonly IpRange[]): boolean {
  if (bound.kind === "device" || (bound.pool.ports !== "keep" && !persistent.addressMapping)) return false;
  return !persistent.addressMapping || ranges.reduce((sum, range) => sum + sizeOf(range), 0) === 1;
}

/**
 * A free outer end for an inner one that has none yet. Two processors that draw the same one in the same instant both find it
 * free; `claimed` has it for the inner end that added it first, and the other one draws again. The kernel compares no two
 * registers: that the owner is the own inner end is asked by a key that no other packet can have added, for it ends in a
 * number of this one.
 */
function drawRule(from: PersistentRule, family: Family, address: readonly NftInstruction[], keep: string): NftRule {
  const { taken, claimed, drawing, bound } = bindingSets[family];
  const drawn: readonly NftInstruction[] = [
    ...address,
    ...drawnPort(from, family),
    protocolOf(from, outer.at),
    { op: "lookup", set: taken.name, from: outer.at, negated: true },
  ];
  const own: readonly NftInstruction[] = [
    ...innerKey(from, family, inner.at),
    { op: "draw", how: "random", first: 0, count: numbersCount, to: inner.end[family] },
    { op: "meter", set: drawing.name, from: inner.at, refresh: false },
    { op: "meter", set: claimed.name, from: outer.at, refresh: false, data: inner.at },
    { op: "lookup", set: claimed.name, from: outer.at, to: inner.at },
    protocolOf(from, inner.at),
    { op: "lookup", set: drawing.name, from: inner.at },
  ];
  const free: readonly NftInstruction[] = [
    ...drawn,
    ...own,
    ...innerKey(from, family, inner.at),
    { op: "meter", set: bound.name, from: inner.at, refresh: false, data: outer.at, ...timeOf(from) },
  ];
  return rule(instructions(...free), goTo(keep));
}

/** The binding whose outer end stands in its place has as many sessions as it may have. */
function isBusy({ persistent }: PersistentRule, family: Family): NftInstruction {
  const over = { sessions: persistent.sessionsMax };
  return { op: "meter", set: bindingSets[family].busy.name, from: outer.at, refresh: false, over };
}

/** A binding that is there takes another session, unless it has as many as it may. */
function keepRules(from: PersistentRule, family: Family, go: string): readonly NftRule[] {
  const sets = bindingSets[family];
  const { persistent } = from;
  const ends: readonly NftInstruction[] = [
    ...innerKey(from, family, inner.at),
    { op: "lookup", set: sets.bound.name, from: inner.at, to: outer.at },
    protocolOf(from, outer.at),
  ];
  const full = refuse(natRefusals, ...ends, isBusy(from, family));
  if (persistent.permit === "any-remote-host" || persistent.permit === "nobody") return [full, rule(goTo(go))];
  // The peer that may send from now on: the outer end before it, so the inner one stands behind both.
  const [own, peer] = [1, 3 + addressWords[family]];
  const noted: readonly NftInstruction[] = [
    ...innerKey(from, family, outer.at),
    { op: "lookup", set: sets.bound.name, from: outer.at, to: own },
    protocolOf(from, own),
    ...peerKey(from, family, "destination", peer),
    { op: "meter", set: sets.peers.name, from: own, refresh: true, ...timeOf(from) },
  ];
  return [full, rule(instructions(...noted), goTo(go))];
}

/** Begins the times anew, and translates. */
function goRules(from: PersistentRule, family: Family, hairpin: HairpinEnd | undefined): readonly NftRule[] {
  const sets = bindingSets[family];
  const refresh = { refresh: true, ...timeOf(from) };
  const noted: readonly NftInstruction[] = [
    ...innerKey(from, family, inner.at),
    { op: "lookup", set: sets.bound.name, from: inner.at, to: outer.at },
    protocolOf(from, outer.at),
    { op: "meter", set: sets.bound.name, from: inner.at, data: outer.at, ...refresh },
    { op: "meter", set: sets.taken.name, from: outer.at, ...refresh },
    { op: "meter", set: sets.inward.name, from: outer.at, data: inner.at, ...refresh },
  ];
  // Whom it has sent to is noted, so that the other host may answer.
  if (hairpin?.isStranger === true) return [refuse(natStrangers, ...noted)];
  // Without an address of the outer device there is nothing to be seen as.
  const isHidden = from.outer.kind === "device" && hairpin !== undefined && hairpin.address === undefined;
  if (isHidden) return [refuse(natRefusals)];
  return [rule(instructions(...noted, ...named(from.rule.id, "source"), ...translation(from, family, hairpin)))];
}

function translation(
  { persistent, outer: bound }: PersistentRule,
  family: Family,
  hairpin: HairpinEnd | undefined,
): readonly NftInstruction[] {
  const ported = persistent.addressMapping ? {} : { port: outer.port[family] };
  const translate = { op: "translate", side: "source", family, address: outer.address, ...ported, flags: [] } as const;
  if (bound.kind === "pool") return [translate];
  const address = hairpin?.address;
  if (address === undefined) return [{ op: "masquerade", ...ported, flags: [] }];
  return [...addressImmediates(address, "first", outer.address), translate];
}

export interface InwardWays {
  /** Rules that have bindings of this IP version. */
  readonly rules: readonly PersistentRule[];
  readonly hairpins: readonly Hairpin[];
}

/** What comes in by a device where bindings may be used, and the maps that lead it there. */
export function lowerInward(
  ir: Ir,
  { rules, hairpins }: InwardWays,
  family: Family,
  { nameOf, generation }: Names,
): BindingParts & { readonly start: string } {
  const context: KeyContext = { family, generation };
  const classes: NftElement[] = [];
  const chains: NftChain[] = [];
  const add = (word: string, from: PersistentRule, devices: readonly string[], way: Way, isHairpin: boolean): void => {
    if (devices.length === 0) return;
    const name = nameOf(`${word}${family}`, from.set.name, from.rule.name);
    chains.push({ name, rules: inwardRules(from, way, context, isHairpin) });
    for (const device of devices) {
      classes.push({ key: [text(device), number(from.bindingClass)], data: { kind: "goto", chain: name } });
    }
  };
  const known = new Set(ir.interfaces.map(({ device }) => device));
  for (const from of rules) {
    const outside = from.outer.kind === "device" ? [from.outer.device] : from.set.to.devices;
    add(
      "inward",
      from,
      outside.filter((device) => known.has(device)),
      wayOf(from),
      false,
    );
    const inside = hairpins.flatMap(({ rule: of, entering }) => (of === from ? [entering] : []));
    add("hairpin", from, inside, hairpinWayOf(from), true);
  }
  const map = generationName(`nat_classes${family}`, generation);
  const start = nameOf(`inward${family}`);
  const ways = new Set<Way>([...rules.map(wayOf), ...hairpins.map((hairpin) => hairpinWayOf(hairpin.rule))]);
  const led = [...ways].map((way) =>
    rule(
      instructions(
        ...outerEnd(way, context),
        { op: "lookup", set: bindingSets[family].inward.name, from: outer.at, to: found.at },
        load(iifname, inner.at),
        { op: "vmap", map, from: inner.at },
      ),
    ),
  );
  const sets = [
    fixedSet(map, ["ifname", "mark"], "verdict", classes),
    ...(ways.has("device") ? [deviceMap(ir, context)] : []),
    ...(ways.has("place") ? [placeMap(ir, hairpins, context)] : []),
  ];
  return { start, sets, chains: [{ name: start, rules: led }, ...chains] };
}

export function hairpinWayOf(from: PersistentRule): Exclude<Way, "device"> {
  const way = wayOf(from);
  return way === "device" ? "place" : way;
}

/** Numbers in the place of addresses, for devices whose own address is bound. */
function deviceMap(ir: Ir, { family, generation }: KeyContext): NftSet {
  const elements = ir.interfaces.map(({ device }): NftElement => ({
    key: [text(device)],
    data: [number(0), { kind: "addresses", range: single(placeOf(device, family)) }],
  }));
  return fixedSet(devicesName(family, generation), ["ifname"], ["mark", addressType[family]], elements);
}

/** The same for their addresses. */
function placeMap(ir: Ir, hairpins: readonly Hairpin[], { family, generation }: KeyContext): NftSet {
  const devices = new Set(
    hairpins.flatMap(({ rule: { outer: bound } }) => (bound.kind === "device" ? [bound.device] : [])),
  );
  const places = new Map(
    [...devices].flatMap((device) =>
      boundAddresses(ir, device, family).map((address) => [address.value, { address, device }] as const),
    ),
  );
  const elements = [...places.values()].map(({ address, device }): NftElement => ({
    key: [{ kind: "addresses", range: single(address) }],
    data: [number(0), { kind: "addresses", range: single(placeOf(device, family)) }],
  }));
  const type = addressType[family];
  return fixedSet(placesName(family, generation), [type], ["mark", type], elements);
}

function inwardRules(from: PersistentRule, way: Way, context: KeyContext, isHairpin: boolean): readonly NftRule[] {
  const { family } = context;
  const sets = bindingSets[family];
  const { persistent, rule: natRule } = from;
  const full = refuse(natRefusals, ...outerEnd(way, context), isBusy(from, family));
  const translate: readonly NftInstruction[] = [
    ...outerEnd(way, context),
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
  ];
  const translated = rule(instructions(...translate));
  if (persistent.permit === "any-remote-host") return [full, translated];
  const unknown = strangerTest(from, way, context, "now");
  // An inner host that nobody has asked goes on, because it asks: it is refused when that is noted (lower-hairpins.ts).
  if (isHairpin) return [rule(instructions(...unknown, ...translate)), full, translated];
  return [rule(instructions(...unknown), { kind: "verdict", verdict: { kind: "return" } }), full, translated];
}

/** Whether the inner end has never sent to where a packet comes from. */
export function strangerTest(
  from: PersistentRule,
  way: Way,
  context: KeyContext,
  as: "now" | "first",
): readonly NftInstruction[] {
  const { family } = context;
  const [own, peer] = [1, 3 + addressWords[family]];
  return [
    ...outerEnd(way, context, own, as),
    ...peerKey(from, family, "source", peer),
    { op: "lookup", set: bindingSets[family].peers.name, from: own, negated: true },
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
