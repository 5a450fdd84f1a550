// Addresses of a rule as conditions, per IP version. One range stands in the rule itself; more become an interval set of
// the generation, shared by all rules that match the same addresses. A wildcard mask is a condition of its own. Where
// domain names or dynamic addresses are among them, sets always stand, so that their elements change later and no rule.

import { ipv4Max, ipv6Max } from "@merlon/model/ip/address.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import { formatRange } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { changes, membersOf } from "../address-members.ts";
import type { AddressMembers, WildcardAddress } from "../address-members.ts";
import { matchKey } from "../dynamic-addresses.ts";
import type { Action, AddressMatch, Ir } from "../ir.ts";
import { changingRanges, rangesOfFamily } from "./changing-ranges.ts";
import { dynamicSets } from "./dynamic-sets.ts";
import type { DynamicSets } from "./dynamic-sets.ts";
import type { NftExpression, NftSet, NftStatement } from "./program.ts";
import { payload } from "./statements.ts";
import { generationName } from "./table-names.ts";

/** What one side of a rule asks of packets of one IP version. */
export type AddressCondition =
  | { readonly kind: "any" }
  | { readonly kind: "none" }
  | {
      readonly kind: "some";
      readonly ranges: readonly IpRange[];
      readonly wildcards: readonly WildcardAddress[];
      readonly negated: boolean;
      /** Names the set whose elements are the ranges now, and others later. */
      readonly changing?: string;
    };

/** Collects the address sets of one generation while its rules are made. */
export class AddressSets {
  readonly #ir: Ir;
  readonly #generation: number;
  readonly #conditions = new Map<string, Readonly<Record<Family, AddressCondition>>>();
  readonly #seen = new Map<AddressMatch, Readonly<Record<Family, AddressCondition>>>();
  readonly #setNames = new Map<string, string>();
  readonly #sets: NftSet[] = [];
  readonly #dynamicSets: ReadonlyMap<string, DynamicSets>;

  constructor(ir: Ir, generation: number) {
    this.#ir = ir;
    this.#generation = generation;
    this.#dynamicSets = dynamicSets(ir, generation);
  }

  /** The sets that statements made so far refer to, and all of dynamic addresses. */
  get sets(): readonly NftSet[] {
    return [...[...this.#dynamicSets.values()].flatMap(({ hosts, ranges }) => [hosts, ranges]), ...this.#sets];
  }

  conditionsOf(match: AddressMatch, action: Action): Readonly<Record<Family, AddressCondition>> {
    if (match.kind === "any") return anyOfBoth;
    // Equal matches of different policies are mostly one object, which saves making their key.
    const seen = match.excluded ? undefined : this.#seen.get(match);
    if (seen !== undefined) return seen;
    const made = this.#conditionsOf(match, action);
    if (!match.excluded) this.#seen.set(match, made);
    return made;
  }

  #conditionsOf(
    match: Extract<AddressMatch, { kind: "sets" }>,
    action: Action,
  ): Readonly<Record<Family, AddressCondition>> {
    const key = matchKey(match, action);
    const known = this.#conditions.get(key);
    if (known !== undefined) return known;
    const members = membersOf(this.#ir, match.names);
    const made = changes(members)
      ? this.#changing(members, match, action, key)
      : fixedConditions(members, match.excluded);
    this.#conditions.set(key, made);
    return made;
  }

  /** Each alternative is the beginning of a rule; no alternative means that nothing matches. */
  alternativesOf(
    condition: AddressCondition,
    family: Family,
    field: "saddr" | "daddr",
  ): readonly (readonly NftStatement[])[] {
    if (condition.kind === "none") return [];
    if (condition.kind === "any") return [[]];
    const { ranges, wildcards, negated } = condition;
    const inRanges =
      ranges.length === 0 && condition.changing === undefined ? [] : this.#inRanges(condition, family, field);
    const parts = [...inRanges, ...wildcards.map((wildcard) => inWildcard(wildcard, field, negated))];
    return negated ? [parts] : parts.map((part) => [part]);
  }

  /** Answers must not change which rules there are: a version that no name can bring in is as if it were fixed. */
  #changing(
    members: AddressMembers,
    match: Extract<AddressMatch, { kind: "sets" }>,
    action: Action,
    key: string,
  ): Readonly<Record<Family, AddressCondition>> {
    const { excluded } = match;
    const conditionFor = (family: Family): AddressCondition => {
      const named = members.dns?.names.some((name) => name.family === undefined || name.family === family) === true;
      const leavesOut = excluded && action === "permit";
      const changing = named || members.dynamic !== undefined || leavesOut;
      if (!changing) return fixedConditions(members, excluded)[family];
      return {
        kind: "some",
        ranges: changingRanges(this.#ir, match, action, family),
        wildcards: family === 4 ? (members.wildcards ?? []) : [],
        negated: excluded,
        changing: key,
      };
    };
    return { 4: conditionFor(4), 6: conditionFor(6) };
  }

  #inRanges(
    { ranges, negated, changing }: Extract<AddressCondition, { kind: "some" }>,
    family: Family,
    field: "saddr" | "daddr",
  ): readonly NftStatement[] {
    const left = payload(family === 4 ? "ip" : "ip6", field);
    const only = ranges.length === 1 && changing === undefined ? ranges[0] : undefined;
    if (only !== undefined) {
      return [{ kind: "match", left, negated, right: { kind: "value", value: { kind: "addresses", range: only } } }];
    }
    const inSet = (set: string): NftStatement => ({ kind: "lookup", key: [left], set, negated });
    const ofDynamic = changing === undefined ? undefined : this.#dynamicSets.get(`${family} ${changing}`);
    if (ofDynamic !== undefined) return [inSet(ofDynamic.hosts.name), inSet(ofDynamic.ranges.name)];
    const content = changing === undefined ? ranges.map(formatRange).join(" ") : `names ${family} ${changing}`;
    return [inSet(this.#setOf(content, ranges, family))];
  }

  #setOf(content: string, ranges: readonly IpRange[], family: Family): string {
    const known = this.#setNames.get(content);
    if (known !== undefined) return known;
    const name = generationName(`addresses${this.#sets.length + 1}`, this.#generation);
    this.#setNames.set(content, name);
    this.#sets.push({
      name,
      key: [family === 4 ? "ipv4_addr" : "ipv6_addr"],
      interval: true,
      counter: false,
      elements: ranges.map((range) => ({ key: [{ kind: "addresses", range }] })),
    });
    return name;
  }
}

const anyOfBoth = { 4: { kind: "any" }, 6: { kind: "any" } } as const;

function inWildcard({ value, mask }: WildcardAddress, field: "saddr" | "daddr", negated: boolean): NftStatement {
  const left: NftExpression = { kind: "masked-address", field, mask };
  const range = { family: 4 as const, first: value, last: value };
  return { kind: "match", left, negated, right: { kind: "value", value: { kind: "addresses", range } } };
}

function fixedConditions(members: AddressMembers, negated: boolean): Readonly<Record<Family, AddressCondition>> {
  return {
    4: fixedCondition(rangesOfFamily(members, 4), members.wildcards ?? [], negated),
    6: fixedCondition(rangesOfFamily(members, 6), [], negated),
  };
}

function fixedCondition(
  ranges: readonly IpRange[],
  wildcards: readonly WildcardAddress[],
  negated: boolean,
): AddressCondition {
  const [first] = ranges;
  if (first === undefined && wildcards.length === 0) return { kind: negated ? "any" : "none" };
  const whole =
    first !== undefined &&
    BigInt(first.first) === 0n &&
    BigInt(first.last) === (first.family === 4 ? BigInt(ipv4Max) : ipv6Max);
  if (whole) return { kind: negated ? "none" : "any" };
  return { kind: "some", ranges, wildcards, negated };
}
