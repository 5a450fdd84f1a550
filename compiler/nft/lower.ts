// The whole `table inet merlon` as it shall be when a generation of the policy is in force. The stable part is the same
// in every generation; what the policy makes carries the generation in its name, so that the next one can be built
// beside it and packets on their way through the old one never see a half of each.

import type { IrContext, IrInterface, Ir } from "../ir.ts";
import { hostZone, systemRuleIds } from "../ir.ts";
import { lowerNat } from "../nat/lower-nat.ts";
import { withCookies } from "../screen/lower-cookies.ts";
import { lowerScreens } from "../screen/lower-screens.ts";
import { lowerOwnSources, ownSourceToHost } from "../screen/own-sources.ts";
import { keptLookups } from "../lookup/kept-lookups.ts";
import { hitsOf } from "./hits-set.ts";
import { KeptSets } from "./kept-sets.ts";
import { chainNamer } from "./chain-names.ts";
import { AddressSets } from "./lower-addresses.ts";
import { fixedSet } from "./fixed-set.ts";
import { lowerOffload } from "./lower-offload.ts";
import { lowerDroppedFamilies } from "./lower-dropped-families.ts";
import { lowerResets, lowerSegmentSizes } from "./lower-flow-options.ts";
import { IdleTimes, areUsual } from "./lower-idle-times.ts";
import { lowerContext } from "./lower-context.ts";
import type { ContextPath, LowerOptions, SharedObjects } from "./lower-context.ts";
import { LookupSets, usualActions } from "./lower-lookup.ts";
import { chainOf, lowerRule } from "./lower-rule.ts";
import { lowerShortcuts } from "./lower-shortcuts.ts";
import { lowerServices } from "./lower-services.ts";
import { lowerWires, wireWays, wireZones } from "./lower-wires.ts";
import type { WireWay } from "./lower-wires.ts";
import type { NftChain, NftElement, NftRule, NftSet, NftTable } from "./program.ts";
import { stableChains, switchedByOthers } from "./stable-chains.ts";
import { accept, goTo, iifname, inState, number, oifname, rule, setMark, text } from "./statements.ts";
import { actionChains, bridgesSet, generationName, revokedSet, tableName } from "./table-names.ts";

/** `generation` is greater than that of any table that may be in the kernel now. */
export function lowerTable(ir: Ir, generation: number, options: LowerOptions = {}): NftTable {
  const { before, ...lookupOptions } = options;
  const objects: SharedObjects = {
    addressSets: new AddressSets(ir, generation),
    idleTimes: new IdleTimes(generation, ir),
    lookups: new LookupSets(generation, onlyUsualActions(ir, generation), KeptSets.of(ir, before)),
    kept: keptLookups(ir, lookupOptions, before),
    ownSources: lowerOwnSources(ir, generation),
  };
  const transit = lowerTransit(ir, generation, objects);
  const zones = wireZones(ir.network.wires ?? [], generation);
  const self = lowerSelf(ir, generation, objects);
  const host = lowerHost(ir, generation, objects);
  const screens = lowerScreens(ir, generation);
  const nat = lowerNat(ir, generation, { addressSets: objects.addressSets, cookies: screens.cookies });
  const offload = lowerOffload(ir);
  const resets = lowerResets(ir);
  const segments = lowerSegmentSizes(ir, generation);
  const stable = withCookies(
    stableChains(generation, ir.network.wires, { offload, resets: resets.rules, shortcuts: transit.shortcuts }),
    screens,
    generation,
    ir.flow?.droppedFamilies,
  );
  return {
    family: "inet",
    name: tableName,
    sets: [
      revoked,
      bridges,
      hitsOf(ir, before),
      ...transit.sets,
      ...objects.ownSources.sets,
      ...objects.lookups.sets,
      ...objects.addressSets.sets,
      ...host.sets,
      ...zones.sets,
      ...self.sets,
      ...nat.sets,
      ...screens.sets,
      ...stable.sets,
      ...segments.sets,
      ...offload.sets,
      ...resets.sets,
    ],
    chains: [
      ...stable.chains,
      ...lowerDroppedFamilies(ir, generation),
      ...transit.chains,
      ...host.chains,
      ...zones.chains,
      ...self.chains,
      ...nat.chains,
      ...screens.chains,
      ...segments.chains,
      ...objects.idleTimes.chains,
      ...objects.lookups.chains,
    ],
    ...objects.idleTimes.timeouts,
    ...offload.table,
  };
}

/** Whether no rule of transit traffic leads to a chain that the generation makes. */
function onlyUsualActions(ir: Ir, generation: number): boolean {
  if (ir.contexts.every(({ rules }) => areUsual(rules))) return true;
  const idleTimes = new IdleTimes(generation, ir);
  return ir.contexts.every(({ rules }) => rules.every((it) => usualActions.includes(chainOf(it, idleTimes))));
}

interface Part {
  readonly sets: readonly NftSet[];
  readonly chains: readonly NftChain[];
}

interface Transit extends Part {
  /** Where they lead nowhere, the chain `policy` leads on. */
  readonly shortcuts: readonly NftRule[];
}

const revoked: NftSet = {
  name: revokedSet,
  key: ["mark"],
  interval: false,
  counter: false,
  elements: [{ key: [number(0)] }],
};

/** Bridges that one gateway may see; what has no room is refused as traffic without a zone. */
const bridgesMax = 4096;

const bridges: NftSet = {
  name: bridgesSet,
  key: ["ifname", "ifname"],
  interval: false,
  counter: false,
  size: bridgesMax,
  dynamic: {},
  elements: [],
};

/** One chain per pair of zones that packets can take, found by the two devices; a miss is a device without a zone. */
function lowerTransit(ir: Ir, generation: number, objects: SharedObjects): Transit {
  const nameChain = chainNamer();
  const inZone = Map.groupBy(
    ir.interfaces.filter(({ wire }) => wire === undefined),
    ({ zone }) => zone,
  );
  const ways = wireWays(ir);
  const wiredWays: { readonly way: WireWay; readonly chain: string }[] = [];
  const pairChains: NftChain[] = [];
  const pairs: NftElement[] = [];
  const pathsOf = new Map<string, readonly ContextPath[]>();
  for (const context of ir.contexts) {
    const from = inZone.get(context.fromZone) ?? [];
    const to = inZone.get(context.toZone) ?? [];
    const crossing = ways.filter(({ fromZone, toZone }) => fromZone === context.fromZone && toZone === context.toZone);
    if ((from.length === 0 || to.length === 0) && crossing.length === 0) continue;
    const nameOf = (...words: readonly string[]) =>
      generationName(nameChain("pair", context.fromZone, context.toZone, ...words), generation);
    const name = nameOf();
    const { rules, chains, paths } = lowerContext(context, objects, nameOf);
    if (paths.length > 0) pathsOf.set(name, paths);
    pairChains.push({ name, rules }, ...chains);
    for (const entering of from) for (const leaving of to) pairs.push(pairElement(entering, leaving, name));
    for (const way of crossing) wiredWays.push({ way, chain: name });
  }
  const wires = lowerWires(ir.network.wires ?? [], wiredWays, generation);
  const pairsMap = generationName("pairs", generation);
  const shortcuts = lowerShortcuts([...pairs, ...wires.pairs], pathsOf, generation, ir.deviceNumbers);
  const policy: NftChain = {
    name: generationName("policy", generation),
    rules: [
      ...objects.ownSources.ofAny,
      rule({ kind: "vmap", key: [iifname, oifname], map: pairsMap }),
      rule(switchedByOthers, accept),
      rule(setMark(systemRuleIds.noZone), goTo(actionChains.denyAndLog)),
    ],
  };
  return {
    shortcuts: shortcuts.rules,
    sets: [
      fixedSet(pairsMap, ["ifname", "ifname"], "verdict", [...pairs, ...wires.pairs]),
      ...shortcuts.sets,
      ...wires.sets,
    ],
    chains: [policy, ...pairChains, ...wires.chains],
  };
}

function pairElement(entering: IrInterface, leaving: IrInterface, chain: string): NftElement {
  return { key: [text(entering.device), text(leaving.device)], data: { kind: "goto", chain } };
}

/** Traffic with the gateway itself: few policies, always a list. */
function lowerList(context: IrContext, name: string, { addressSets, idleTimes }: SharedObjects): NftChain {
  return { name, rules: context.rules.flatMap((irRule) => lowerRule(irRule, addressSets, idleTimes)) };
}

/**
 * Traffic to the gateway itself: one chain per interface, each ending in refusal. What host-inbound-traffic allows meets
 * the zone's policies to `junos-host`, where there are any.
 */
function lowerHost(ir: Ir, generation: number, objects: SharedObjects): Part {
  const nameChain = chainNamer();
  const hostMap = generationName("hosts", generation);
  const policies = new Map<string, NftChain>();
  for (const context of ir.contexts) {
    if (context.toZone !== hostZone) continue;
    const name = generationName(nameChain("to_host", context.fromZone), generation);
    const { rules } = lowerList(context, name, objects);
    // Policies are about sessions. Neighbor discovery makes none, and without it IPv6 cannot speak at all.
    policies.set(context.fromZone, {
      name,
      rules: [rule(inState("untracked"), goTo(actionChains.hostPermit)), ...rules],
    });
  }
  const chains: NftChain[] = [];
  const elements: NftElement[] = [];
  for (const entry of ir.interfaces) {
    const name = generationName(nameChain("host", entry.device), generation);
    const { terms, ruleId } = entry.hostInbound;
    const policy = policies.get(entry.zone);
    const allowed =
      policy !== undefined
        ? [goTo(policy.name)]
        : ruleId === undefined
          ? [goTo(actionChains.hostPermit)]
          : [setMark(ruleId), goTo(actionChains.permit)];
    chains.push({
      name,
      rules: [
        ...lowerServices(terms).map(({ statements }) => rule(...statements, ...allowed)),
        rule(goTo(actionChains.hostRefuse)),
      ],
    });
    elements.push({ key: [text(entry.device)], data: { kind: "goto", chain: name } });
  }
  const host: NftChain = {
    name: generationName("host", generation),
    rules: [ownSourceToHost, rule({ kind: "vmap", key: [iifname], map: hostMap }), rule(goTo(actionChains.hostRefuse))],
  };
  return {
    sets: [fixedSet(hostMap, ["ifname"], "verdict", elements)],
    chains: [host, ...policies.values(), ...chains],
  };
}

/** What the gateway itself sends: one chain per zone with policies from `junos-host`; everything else passes. */
function lowerSelf(ir: Ir, generation: number, objects: SharedObjects): Part {
  const nameChain = chainNamer();
  const chains: NftChain[] = [];
  const elements: NftElement[] = [];
  for (const context of ir.contexts) {
    if (context.fromZone !== hostZone) continue;
    const leaving = ir.interfaces.filter(({ zone }) => zone === context.toZone);
    if (leaving.length === 0) continue;
    const name = generationName(nameChain("from_host", context.toZone), generation);
    chains.push(lowerList(context, name, objects));
    for (const { device } of leaving) elements.push({ key: [text(device)], data: { kind: "goto", chain: name } });
  }
  const name = generationName("self", generation);
  if (elements.length === 0) return { sets: [], chains: [{ name, rules: [] }] };
  const map = generationName("selves", generation);
  return {
    sets: [fixedSet(map, ["ifname"], "verdict", elements)],
    chains: [{ name, rules: [rule({ kind: "vmap", key: [oifname], map })] }, ...chains],
  };
}
