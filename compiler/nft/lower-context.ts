// The rules of one context (a pair of zones) as chains. Few rules stay a list; many that stand together become a
// lookup, for each IP version by itself. What a lookup cannot hold, such as names whose addresses change, stays a list
// in its place between the lookups, so the order is always that of the policies.

import type { Family } from "@merlon/model/ip/address.ts";
import type { Ir, IrContext, IrRule } from "../ir.ts";
import type { LookupOptions } from "../lookup/build-lookup.ts";
import type { KeptLookups } from "../lookup/kept-lookups.ts";
import type { AddressSets } from "./lower-addresses.ts";
import type { IdleTimes } from "./lower-idle-times.ts";
import type { LookupSets } from "./lower-lookup.ts";
import { LoweredBoxes } from "./lowered-boxes.ts";
import type { BoxRules, PortChain } from "./lowered-boxes.ts";
import type { LoweredLookup } from "./lowered-lookup.ts";
import { chainOf, lowerRule } from "./lower-rule.ts";
import type { NftChain, NftElement, NftRule } from "./program.ts";
import type { OwnSources } from "../screen/own-sources.ts";
import { equals, goTo, jump, l4proto, nfproto, number, rule, text } from "./statements.ts";

/** What the rules of all contexts share. */
export interface SharedObjects {
  readonly addressSets: AddressSets;
  readonly idleTimes: IdleTimes;
  readonly kept: KeptLookups;
  readonly lookups: LookupSets;
  readonly ownSources: OwnSources;
}

export interface LowerOptions extends LookupOptions {
  /** What was lowered before: whatever is still the same is not made anew. The table is the same without it. */
  readonly before?: Ir | undefined;
}

export interface LoweredContext {
  readonly rules: readonly NftRule[];
  /** Those that the rules lead to. */
  readonly chains: readonly NftChain[];
  /** Where packets of a version and protocol end up; none where `rules` are for packets of every kind. */
  readonly paths: readonly ContextPath[];
}

export interface ContextPath {
  readonly family: Family;
  /** Absent for all protocols that have no chain of their own. */
  readonly protocol?: number;
  readonly chain: string;
  /** Ports that rules name, with the chains that `chain` would lead to by its first rule, or itself. */
  readonly ports: readonly Omit<PortChain, "rules">[];
}

const families = [4, 6] as const;

/** NFPROTO_IPV4 and NFPROTO_IPV6 (linux/netfilter.h). */
export const familyNumber = { 4: 2, 6: 10 } as const;

/** `nameChain` gives names to the chains beside the one that the rules stand in. */
export function lowerContext(
  context: IrContext,
  objects: SharedObjects,
  nameChain: (...words: readonly string[]) => string,
): LoweredContext {
  const lowerList = (rules: readonly IrRule[], family?: Family) =>
    objects.lookups.values.share(rules.flatMap((it) => lowerRule(it, objects.addressSets, objects.idleTimes, family)));
  const paths = families.map((family) => ({ family, parts: splitRules(context, family, objects) }));
  if (paths.every(({ parts }) => parts.every(({ kind }) => kind === "list"))) {
    return { rules: lowerList(context.rules), chains: [], paths: [] };
  }
  const chains: NftChain[] = [];
  const ways: ContextPath[] = [];
  const special: NftElement[] = [];
  const others: NftElement[] = [];
  for (const { family, parts } of paths) {
    const segments = parts.map((part): Segment =>
      part.kind === "list" ? { kind: "list", rules: lowerList(part.rules, family) } : part,
    );
    const add = (protocol: number | undefined) => {
      const words = protocol === undefined ? [`ip${family}`] : [`ip${family}`, `${protocol}`];
      const name = nameChain(...words);
      const { rules, ports, otherPorts } = rulesOf(segments, protocol, objects.lookups);
      // Who comes here by a shortcut has not been asked yet.
      const first = family === 6 ? objects.ownSources.ofIpv6 : [];
      chains.push({ name, rules: [...first, ...rules] });
      const portChains =
        first.length === 0
          ? ports
          : ports.map((it) => ({ ports: it.ports, chain: objects.lookups.addChain("port", [...first, ...it.rules]) }));
      const others = otherPorts.length === 0 ? [] : [{ ports: otherPorts, chain: name }];
      ways.push({
        family,
        ...(protocol === undefined ? {} : { protocol }),
        chain: name,
        ports: [...portChains, ...others],
      });
      return { kind: "goto" as const, chain: name };
    };
    const version = number(familyNumber[family]);
    for (const protocol of protocolsOf(segments)) {
      special.push({ key: [version, number(protocol)], data: add(protocol) });
    }
    others.push({ key: [version], data: add(undefined) });
  }
  const rules = objects.kept.areMany
    ? ways.toSorted(byProtocol).map(pathRule)
    : pathMaps(special, others, objects.lookups);
  return { rules, chains, paths: ways };
}

/** What is for one protocol stands before what is for all others. */
function byProtocol(a: ContextPath, b: ContextPath): number {
  return (b.protocol === undefined ? 0 : 1) - (a.protocol === undefined ? 0 : 1);
}

/** Without a map: where pairs of zones are many, so would their maps be, and most packets come by a shortcut. */
function pathRule({ family, protocol, chain }: ContextPath): NftRule {
  const version = equals(nfproto, text(family === 4 ? "ipv4" : "ipv6"));
  return rule(version, ...(protocol === undefined ? [] : [equals(l4proto, number(protocol))]), goTo(chain));
}

/** First by IP version and protocol where the protocol has a chain of its own, then by the version alone. */
function pathMaps(special: readonly NftElement[], others: readonly NftElement[], lookups: LookupSets): NftRule[] {
  const version = { op: "load", expression: { kind: "meta", key: "nfproto" }, to: 1 } as const;
  const protocol = { op: "load", expression: { kind: "meta", key: "l4proto" }, to: 2 } as const;
  const all = lookups.addPaths(["inet_proto"], others);
  const rest: NftRule = {
    statements: [{ kind: "instructions", list: [version, { op: "vmap", map: all, from: 1 }] }],
  };
  if (special.length === 0) return [rest];
  const map = lookups.addPaths(["inet_proto", "inet_proto"], special);
  return [{ statements: [{ kind: "instructions", list: [version, protocol, { op: "vmap", map, from: 1 }] }] }, rest];
}

type Segment =
  | { readonly kind: "list"; readonly rules: readonly NftRule[] }
  | { readonly kind: "lookup"; readonly lookup: LoweredLookup | LoweredBoxes };

function rulesOf([segment, ...more]: readonly Segment[], protocol: number | undefined, lookups: LookupSets): BoxRules {
  const only = (...rules: readonly NftRule[]): BoxRules => ({ rules, ports: [], otherPorts: [] });
  if (segment === undefined) return only();
  const { rules: following } = rulesOf(more, protocol, lookups);
  if (segment.kind === "list") return only(...segment.rules, ...following);
  const { lookup } = segment;
  if (lookup instanceof LoweredBoxes) return lookup.rulesFor(protocol, following, lookups);
  if (!lookup.isCommon) return only(...lookup.rulesFor(protocol), ...following);
  const call: NftRule = { statements: [jump(commonChain(lookup, lookups))] };
  return only(lookup.serviceRule(protocol), call, ...following);
}

/** The chain that finds the rule of a packet of any protocol; it comes back where none matches. */
function commonChain(lookup: LoweredLookup, lookups: LookupSets): string {
  const { exceptionChecks, actions } = lookup;
  const excepted =
    exceptionChecks.length === 0 ? undefined : lookups.addChain("lookup", lookup.commonRules("excepted"));
  const checks = exceptionChecks.map((list): NftRule => ({
    statements: [{ kind: "instructions", list }, ...(excepted === undefined ? [] : [goTo(excepted)])],
  }));
  const every = lookups.addChain("lookup", [...checks, ...lookup.commonRules("unexcepted")]);
  const sure = lookup.sureRules(lookups.addDecisions(actions, every));
  return sure.length === 0 ? every : lookups.addChain("lookup", [...sure, ...checks, ...lookup.commonRules("sure")]);
}

function protocolsOf(segments: readonly Segment[]): ReadonlySet<number> {
  return new Set(segments.flatMap((segment) => (segment.kind === "lookup" ? segment.lookup.protocols : [])));
}

/** What stands in a lookup, and what stays a list in its place. */
type Part = { readonly kind: "list"; readonly rules: readonly IrRule[] } | Extract<Segment, { kind: "lookup" }>;

function splitRules(context: IrContext, family: Family, { kept, lookups, idleTimes }: SharedObjects): readonly Part[] {
  return kept.partsOf(context, family).map((part, index): Part => {
    const place = `${context.fromZone} ${context.toZone} ${family} ${index}`;
    const chainFor = (rule: IrRule) => chainOf(rule, idleTimes);
    switch (part.kind) {
      case "list":
        return part;
      case "boxes":
        return { kind: "lookup", lookup: lookups.addBoxes(part.lookup, chainFor) };
      case "lookup":
        return {
          kind: "lookup",
          lookup: lookups.add(part.lookup, kept.sharedOf(context, family), chainFor, place),
        };
    }
  });
}
