// What a source or destination NAT rule does with what it matches.

import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { keptWords, origin } from "@merlon/model/schema/node.ts";
import type { HasOrigin } from "@merlon/model/schema/node.ts";
import { interfaceBindingPorts, usualPorts } from "./ir-nat.ts";
import type { DestinationAction, DestinationPool, NatKind, SourceAction, SourcePool } from "./ir-nat.ts";
import { persistentNatOf } from "./persistent-nat.ts";
import { refuseRule } from "./refuse-rule.ts";
import type { NatConfiguration, NatContext } from "./nat-context.ts";

type SourceRule = NonNullable<NatConfiguration["source"]>["ruleSet"][number]["rule"][number];
type DestinationRule = NonNullable<NatConfiguration["destination"]>["ruleSet"][number]["rule"][number];

export interface SourceOptions {
  readonly pools: readonly SourcePool[];
  /** Whether translated ports shall be random where nothing asks for stable ones. */
  readonly random: boolean;
}

/** Another kind of translation than the one that the rule has. */
const foreignTranslations: ReadonlySet<string> = new Set(["clat-prefix", "clat-ipv6-prefix-length"]);

export function sourceActionOf(
  rule: SourceRule,
  set: string,
  { pools, random }: SourceOptions,
  context: NatContext,
): SourceAction {
  const action = rule.then?.sourceNat;
  const foreign = action?.[keptWords]?.find((word) => foreignTranslations.has(word));
  if (foreign !== undefined) return refuseRule("source", set, rule, `${foreign} is not carried out`, context);
  if (action?.off === true) return { kind: "off" };
  // A mapping that stays the same for all servers is one whose ports are not random.
  const stable = action?.[keptWords]?.includes("mapping-type") === true;
  if (action?.interface !== undefined) {
    const persistent = persistentNatOf(rule, set, action.interface.persistentNat, undefined, context);
    const ports = persistent === undefined ? usualPorts : interfaceBindingPorts;
    return { kind: "interface", ports, random: random && !stable, ...(persistent && { persistent }) };
  }
  const name = action?.pool?.poolName;
  if (name === undefined) return noAction("source", set, rule, context);
  const pool = pools.findIndex((it) => it.name === name);
  if (pool < 0) return unknownPool("source", set, rule, name, pools, context);
  const persistent = persistentNatOf(rule, set, action?.pool?.persistentNat, pools[pool], context);
  return { kind: "pool", pool, random: random && !stable, ...(persistent && { persistent }) };
}

export function destinationActionOf(
  rule: DestinationRule,
  set: string,
  pools: readonly DestinationPool[],
  context: NatContext,
): DestinationAction {
  const action = rule.then?.destinationNat;
  if (action?.off === true) return { kind: "off" };
  const kept = action?.[keptWords]?.[0];
  if (kept !== undefined) return refuseRule("destination", set, rule, `${kept} is not carried out`, context);
  const name = action?.pool?.poolName;
  if (name === undefined) return noAction("destination", set, rule, context);
  const pool = pools.findIndex((it) => it.name === name);
  return pool < 0 ? unknownPool("destination", set, rule, name, pools, context) : { kind: "pool", pool };
}

type Rule = { readonly name: string } & HasOrigin;

export function noAction(kind: NatKind, set: string, rule: Rule, { diagnostics }: NatContext) {
  const because = "it does not say what to do";
  const message = `${kind} NAT rule ${rule.name} of rule set ${set} does not say what to do`;
  diagnostics.error("nat.no-action", rule[origin], message, `set … rule ${rule.name} then ${kind}-nat …`);
  return { kind: "refuse", because } as const;
}

function unknownPool(
  kind: "source" | "destination",
  set: string,
  rule: Rule,
  name: string,
  pools: readonly { readonly name: string }[],
  { diagnostics }: NatContext,
) {
  const because = `pool ${name} is unknown`;
  diagnostics.error(
    "nat.unknown-pool",
    rule[origin],
    `${kind} NAT rule ${rule.name} of rule set ${set} names the unknown pool ${name}`,
    didYouMean(
      name,
      pools.map((pool) => pool.name),
    ) ?? `set security nat ${kind} pool ${name} address …`,
  );
  return { kind: "refuse", because } as const;
}
