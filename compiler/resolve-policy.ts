// One policy as a rule of the IR. What cannot be enforced never weakens the ruleset: a policy that permits with such a
// term matches nothing, one that denies or rejects drops the term, so that it denies more, and one that permits on a
// condition that nobody can meet denies.

import type { Origin } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { builtInAddresses } from "./resolve-addresses.ts";
import type { AddressResolver, ResolvedAddress } from "./resolve-addresses.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { ruleFlowOptions } from "./flow-options/flow-options.ts";
import { unmetDemand } from "./permit-demands.ts";
import { shareEqual } from "./share-equal.ts";
import type { SharedParts } from "./shared-parts.ts";
import { unsupportedTerm } from "./unsupported-term.ts";
import type { ApplicationResolver } from "./resolve-applications.ts";
import type { Action, AddressMatch, AddressSetName, IrMatch, IrRule, PacketMatch, PolicyName } from "./ir.ts";

type Policies = NonNullable<NonNullable<Configuration["security"]>["policies"]>;
export type ZonePairPolicy = Policies["fromZone"][number]["policy"][number];
export type GlobalPolicy = NonNullable<Policies["global"]>["policy"][number];
export type Policy = ZonePairPolicy | GlobalPolicy;

/** A rule whose number is not known yet. */
export type RuleDraft = Omit<IrRule, "id">;

export interface PolicyContext {
  readonly addresses: AddressResolver;
  readonly applications: ApplicationResolver;
  readonly diagnostics: DiagnosticList;
  readonly schedulers: SchedulerStates;
  /** Equal terms of different policies are one object, so that a hundred thousand policies stay small. */
  readonly shared: {
    readonly addresses: SharedParts<AddressMatch>;
    readonly services: SharedParts<Services>;
  };
}

/** A policy, its rule, and what the rule depends on beside the policy. */
export interface ResolvedPolicy {
  readonly policy: Policy;
  readonly rule: RuleDraft;
  /** Every address that it names, in its order, whether the rule asks for it or not. */
  readonly asked: readonly ResolvedAddress[];
  /** Something was said about it, which must be said again. */
  readonly hasDiagnostics: boolean;
}

export interface SchedulerStates {
  readonly known: ReadonlySet<string>;
  /** Those whose time it is. */
  readonly active: ReadonlySet<string>;
}

export interface Services {
  readonly names: readonly string[];
  readonly terms: "any" | readonly ServiceTerm[];
}

/** Zones are absent for a global policy, which knows the book `global` alone. */
export interface PolicyPlace {
  readonly scope: PolicyName["scope"];
  readonly fromZone?: string;
  readonly toZone?: string;
}

/** A term. Where there is a gap, it is not what the operator meant, and the value is the widest there is. */
interface Term<T> {
  readonly value: T;
  readonly gap?: string;
}

/** `before` is the rule of an earlier version of the policy: what is equal in it stays the same object. */
export function resolvePolicy(
  context: PolicyContext,
  policy: Policy,
  place: PolicyPlace,
  before?: RuleDraft,
): ResolvedPolicy {
  const { count } = context.diagnostics;
  const asked: ResolvedAddress[] = [];
  const fresh = ruleOf(context, policy, place, asked);
  const rule = before === undefined ? fresh : shareEqual(before, fresh);
  // Of exactly the size: a list that grows by itself keeps room for sixteen more.
  return { policy, rule, asked: asked.slice(), hasDiagnostics: context.diagnostics.count > count };
}

/** Whether the policy, to which nothing was said, would be resolved to the same again. */
export function holdsStill(
  context: PolicyContext,
  { policy, rule, asked }: ResolvedPolicy,
  place: PolicyPlace,
  changed: { readonly addresses: boolean; readonly applications: boolean; readonly schedulers: boolean },
): boolean {
  if (changed.schedulers && policy.schedulerName !== undefined) return false;
  if ((changed.addresses || changed.applications) && rule.match.kind === "nothing") return false;
  if (changed.applications && rule.match.kind === "packets") {
    const { value } = resolveServices(context, policy);
    if (value.terms !== rule.match.services || value.names !== rule.match.applications) return false;
  }
  if (!changed.addresses) return true;
  let at = 0;
  const { match } = policy;
  for (const [names, zone] of [
    [match?.sourceAddress, place.fromZone],
    [match?.destinationAddress, place.toZone],
  ] as const) {
    for (const name of distinct(names ?? [])) {
      if (name === "any") continue;
      if (context.addresses.resolveForPolicy(zone, name) !== asked[at++]) return false;
    }
  }
  return true;
}

function distinct(names: readonly string[]): Iterable<string> {
  return names.length < 2 ? names : new Set(names);
}

function ruleOf(context: PolicyContext, policy: Policy, place: PolicyPlace, asked: ResolvedAddress[]): RuleDraft {
  const written = actionOf(policy, context.diagnostics);
  const unmet = written === "permit" ? unmetDemand(policy) : undefined;
  const action = unmet === undefined ? written : "deny";
  const { then } = policy;
  const source = resolveSide(context, policy, "source", place.fromZone, asked);
  const destination = resolveSide(context, policy, "destination", place.toZone, asked);
  const services = resolveServices(context, policy);
  const gap =
    source.gap ??
    destination.gap ??
    services.gap ??
    unsupportedTerm(policy) ??
    tooManyWildcards(context, policy, [source.value, destination.value], asked);
  const { schedulerName: scheduler } = policy;
  const idle = scheduler === undefined ? undefined : whyIdle(context, policy, scheduler);
  const because = idle ?? (action === "permit" ? gap : undefined);
  return {
    policy: { scope: place.scope, name: policy.name },
    match: matchOf(source, destination, services, because),
    action,
    ...(unmet === undefined ? {} : { unmet }),
    // Nobody wrote that it denies, so that is recorded, as with the default policy.
    log: {
      sessionInit: unmet !== undefined || then?.log?.sessionInit === true,
      sessionClose: then?.log?.sessionClose === true,
    },
    count: then?.count !== undefined,
    ...(action === "permit" ? ruleFlowOptions(then?.permit) : {}),
    ...(scheduler === undefined ? {} : { scheduler }),
    origin: policy[origin],
  };
}

/** A rule of the kernel compares with one mask on each side, so masks on both sides multiply. */
const wildcardPairsMax = 1_024;

function tooManyWildcards(
  context: PolicyContext,
  policy: Policy,
  sides: readonly AddressMatch[],
  asked: readonly ResolvedAddress[],
): string | undefined {
  const masked = asked.filter(({ members }) => members.wildcards !== undefined);
  if (masked.length === 0) return undefined;
  const masks = new Map(masked.map(({ setName, members }) => [setName, members.wildcards?.length ?? 0]));
  const waysIn = (side: AddressMatch) => {
    if (side.kind === "any" || side.excluded) return 1;
    return 1 + side.names.reduce((sum, name) => sum + (masks.get(name) ?? 0), 0);
  };
  const count = sides.reduce((product, side) => product * waysIn(side), 1);
  if (count <= wildcardPairsMax) return undefined;
  const message = `policy ${policy.name} compares ${count} pairs of wildcard addresses; at most ${wildcardPairsMax} can be`;
  context.diagnostics.error("limit.wildcards", policy[origin], message, "split the policy, or use prefixes");
  return "there are too many wildcard addresses";
}

/** Outside its time a policy does not exist, whatever it would do. */
function whyIdle(context: PolicyContext, policy: Policy, scheduler: string): string | undefined {
  if (context.schedulers.active.has(scheduler)) return undefined;
  if (context.schedulers.known.has(scheduler)) return `it is not the time of scheduler ${scheduler}`;
  context.diagnostics.error(
    "policy.unknown-scheduler",
    policy[origin],
    `policy ${policy.name} names the unknown scheduler ${scheduler}`,
    didYouMean(scheduler, context.schedulers.known) ?? `set schedulers scheduler ${scheduler} daily all-day`,
  );
  return `scheduler ${scheduler} is unknown`;
}

function matchOf(
  source: Term<AddressMatch>,
  destination: Term<AddressMatch>,
  services: Term<Services>,
  because: string | undefined,
): IrMatch {
  const packets: PacketMatch = {
    kind: "packets",
    source: source.value,
    destination: destination.value,
    services: services.value.terms,
    applications: services.value.names,
  };
  return because === undefined ? packets : { kind: "nothing", because, otherwise: packets };
}

function actionOf(policy: Policy, diagnostics: DiagnosticList): Action {
  const { then } = policy;
  if (then?.permit !== undefined) return "permit";
  if (then?.reject !== undefined) return "reject";
  if (then?.deny === undefined) {
    diagnostics.error(
      "policy.no-action",
      policy[origin],
      `policy ${policy.name} does not say what to do`,
      `set … policy ${policy.name} then permit, deny or reject`,
    );
  }
  return "deny";
}

function missingTerm(context: PolicyContext, policy: Policy, word: string): void {
  context.diagnostics.error(
    "policy.no-match-term",
    policy.match?.[origin] ?? policy[origin],
    `policy ${policy.name} has no ${word}`,
    `set … policy ${policy.name} match ${word} any`,
  );
}

function resolveSide(
  context: PolicyContext,
  policy: Policy,
  side: "source" | "destination",
  zone: string | undefined,
  asked: ResolvedAddress[],
): Term<AddressMatch> {
  const { match } = policy;
  const names = (side === "source" ? match?.sourceAddress : match?.destinationAddress) ?? [];
  const excluded = (side === "source" ? match?.sourceAddressExcluded : match?.destinationAddressExcluded) === true;
  const anywhere: AddressMatch = { kind: "any" };
  if (names.length === 0) {
    missingTerm(context, policy, `${side}-address`);
    return { value: anywhere, gap: `there is no ${side}-address` };
  }
  const builtIn = excluded ? names.find((name) => builtInAddresses.has(name)) : undefined;
  if (builtIn !== undefined) {
    const message = `policy ${policy.name} excludes ${builtIn} with ${side}-address-excluded`;
    const hint = "name the addresses to be excluded";
    context.diagnostics.error("policy.excludes-any", match?.[origin] ?? policy[origin], message, hint);
    return { value: anywhere, gap: `${builtIn} is excluded` };
  }
  const sets: AddressSetName[] = [];
  let gap: string | undefined;
  for (const name of distinct(names)) {
    if (name === "any") continue;
    const resolved = context.addresses.resolveForPolicy(zone, name);
    if (resolved === undefined) {
      unknownAddress(context, policy, side, zone, name);
      gap ??= `${side}-address ${name} is unknown`;
    } else {
      gap ??= resolved.incomplete;
      sets.push(resolved.setName);
      asked.push(resolved);
    }
  }
  if (gap !== undefined) return { value: anywhere, gap };
  return { value: names.includes("any") ? anywhere : sharedSets(context, sets, excluded) };
}

function sharedSets(context: PolicyContext, names: readonly AddressSetName[], excluded: boolean): AddressMatch {
  return context.shared.addresses.get(sidesKey(names, excluded), () => ({ kind: "sets", names: [...names], excluded }));
}

/** What equal sides of policies have in common. */
export function sidesKey(names: readonly AddressSetName[], excluded: boolean): string {
  // One name alone is its own key: most sides have one, and a key made of parts is hashed anew each time.
  const [only = ""] = names;
  return names.length === 1 && !excluded ? only : `${excluded ? "!" : ""}${names.join("\n")}`;
}

function unknownAddress(
  context: PolicyContext,
  policy: Policy,
  side: "source" | "destination",
  zone: string | undefined,
  name: string,
): void {
  const at: Origin = policy.match?.[origin] ?? policy[origin];
  const where = zone === undefined ? "the global address book" : `the address books of zone ${zone}`;
  context.diagnostics.error(
    "policy.unknown-address",
    at,
    `policy ${policy.name} names the ${side}-address ${name}, which is not in ${where}`,
    context.diagnostics.maySearch ? context.addresses.hint(zone, name) : undefined,
  );
}

const everyService: Services = { names: [], terms: "any" };

function resolveServices(context: PolicyContext, policy: Policy): Term<Services> {
  const names = [...new Set(policy.match?.application)];
  if (names.length === 0) {
    missingTerm(context, policy, "application");
    return { value: everyService, gap: "there is no application" };
  }
  const key = names.join(" ");
  const known = context.shared.services.find(key);
  if (known !== undefined) return { value: known };
  let gap: string | undefined;
  const parts: ("any" | readonly ServiceTerm[])[] = [];
  for (const name of names) {
    const resolved = context.applications.resolve(name);
    if (resolved === undefined) {
      context.diagnostics.error(
        "policy.unknown-application",
        policy.match?.[origin] ?? policy[origin],
        `policy ${policy.name} names the unknown application ${name}`,
        context.diagnostics.maySearch ? context.applications.hint(name) : undefined,
      );
      gap ??= `application ${name} is unknown`;
    } else {
      gap ??= resolved.incomplete;
      parts.push(resolved.terms);
    }
  }
  if (gap !== undefined) return { value: { names, terms: "any" }, gap };
  const terms = parts.includes("any") ? "any" : parts.flatMap((part) => (part === "any" ? [] : part));
  return { value: context.shared.services.get(key, () => ({ names, terms })) };
}
