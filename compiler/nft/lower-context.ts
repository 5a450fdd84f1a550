// The rules of one context (a pair of zones) as chains. Few rules stay a list; many that stand together become a lookup,
// for each IP version by itself. What a lookup cannot hold, such as names whose addresses change, stays a list in its
// place between the lookups, so the order is always that of the policies.

import type { Family } from "@merlon/model/ip/address.ts";
import type { Ir, IrContext, IrRule } from "../ir.ts";
import { buildLookup, fitsLookup } from "../lookup/build-lookup.ts";
import type { LookupOptions } from "../lookup/build-lookup.ts";
import type { AddressSets } from "./lower-addresses.ts";
import type { IdleTimes } from "./lower-idle-times.ts";
import type { LoweredLookup, LookupSets } from "./lower-lookup.ts";
import { chainOf, lowerRule } from "./lower-rule.ts";
import type { NftChain, NftElement, NftRule } from "./program.ts";
import { goTo, number } from "./statements.ts";

/** What the rules of all contexts share. */
export interface SharedObjects {
  readonly ir: Ir;
  readonly addressSets: AddressSets;
  readonly idleTimes: IdleTimes;
  readonly lookups: LookupSets;
  readonly options: LowerOptions;
}

/** Tests ask for lookups where a list would be faster. */
export interface LowerOptions extends LookupOptions {
  readonly lookupRulesMin?: number;
}

export interface LoweredContext {
  readonly rules: readonly NftRule[];
  /** Those that the rules lead to. */
  readonly chains: readonly NftChain[];
}

/** From how many rules of a list on a lookup is faster, measured by `npm run bench -- lookup`. */
export const lookupRulesMin = 8;

const families = [4, 6] as const;

/** NFPROTO_IPV4 and NFPROTO_IPV6 (linux/netfilter.h). */
const familyNumber = { 4: 2, 6: 10 } as const;

/** `nameChain` gives names to the chains beside the one that the rules stand in. */
export function lowerContext(
  context: IrContext,
  objects: SharedObjects,
  nameChain: (...words: readonly string[]) => string,
): LoweredContext {
  const lowerList = (rules: readonly IrRule[], family?: Family) =>
    rules.flatMap((rule) => lowerRule(rule, objects.addressSets, objects.idleTimes, family));
  const paths = families.map((family) => ({ family, parts: splitRules(context.rules, family, objects) }));
  if (paths.every(({ parts }) => parts.every(({ kind }) => kind === "list"))) {
    return { rules: lowerList(context.rules), chains: [] };
  }
  const chains: NftChain[] = [];
  const special: NftElement[] = [];
  const others: NftElement[] = [];
  for (const { family, parts } of paths) {
    const segments = parts.map((part): Segment =>
      part.kind === "list" ? { kind: "list", rules: lowerList(part.rules, family) } : part,
    );
    const add = (protocol: number | undefined) => {
      const words = protocol === undefined ? [`ip${family}`] : [`ip${family}`, `${protocol}`];
      const name = nameChain(...words);
      const rules = rulesOf(segments, protocol, (chainRules) => {
        const chain = nameChain(...words, "except");
        chains.push({ name: chain, rules: chainRules });
        return chain;
      });
      chains.push({ name, rules });
      return { kind: "goto" as const, chain: name };
    };
    const version = number(familyNumber[family]);
    for (const protocol of protocolsOf(segments)) {
      special.push({ key: [version, number(protocol)], data: add(protocol) });
    }
    others.push({ key: [version], data: add(undefined) });
  }
  return { rules: pathRules(special, others, objects.lookups), chains };
}

/** First by IP version and protocol where the protocol has a chain of its own, then by the version alone. */
function pathRules(special: readonly NftElement[], others: readonly NftElement[], lookups: LookupSets): NftRule[] {
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
  | { readonly kind: "lookup"; readonly lookup: LoweredLookup };

/** `addChain` makes a chain of rules and gives its name. */
function rulesOf(
  [segment, ...more]: readonly Segment[],
  protocol: number | undefined,
  addChain: (rules: readonly NftRule[]) => string,
): readonly NftRule[] {
  if (segment === undefined) return [];
  const following = rulesOf(more, protocol, addChain);
  if (segment.kind === "list") return [...segment.rules, ...following];
  const { lookup } = segment;
  const first = lookup.decisiveRulesFor(protocol);
  const rules = [...lookup.rulesFor(protocol), ...following];
  if (lookup.exceptionChecks.length === 0) return [...first, ...rules];
  const chain = addChain([...lookup.rulesFor(protocol, "excepted"), ...following]);
  const checks = lookup.exceptionChecks.map((list): NftRule => ({
    statements: [{ kind: "instructions", list }, goTo(chain)],
  }));
  return [...first, ...checks, ...rules];
}

function protocolsOf(segments: readonly Segment[]): ReadonlySet<number> {
  return new Set(segments.flatMap((segment) => (segment.kind === "lookup" ? segment.lookup.protocols : [])));
}

/** What stands in a lookup, and what stays a list in its place. */
type Part = { readonly kind: "list"; readonly rules: readonly IrRule[] } | Extract<Segment, { kind: "lookup" }>;

function splitRules(rules: readonly IrRule[], family: Family, objects: SharedObjects): readonly Part[] {
  // The default policy ends every list as a rule of its own: nothing is gained by looking it up.
  const run = runsOf(rules.slice(0, -1), objects.ir);
  return [...run, { fits: false, rules: rules.slice(-1) }].map(({ fits, rules: own }): Part => {
    const { lookupRulesMin: countMin = lookupRulesMin } = objects.options;
    const lookup = fits && own.length >= countMin ? buildLookup(objects.ir, own, family, objects.options) : undefined;
    if (lookup === undefined || lookup.rules.length < countMin) return { kind: "list", rules: own };
    return { kind: "lookup", lookup: objects.lookups.add(lookup, (rule) => chainOf(rule, objects.idleTimes)) };
  });
}

/** Neighbours that can, or cannot, stand in a lookup. */
function runsOf(rules: readonly IrRule[], ir: Ir) {
  const runs: { readonly fits: boolean; readonly rules: IrRule[] }[] = [];
  for (const rule of rules) {
    const fits = fitsLookup(ir, rule);
    const last = runs.at(-1);
    if (last?.fits === fits) last.rules.push(rule);
    else runs.push({ fits, rules: [rule] });
  }
  return runs;
}
