// One policy as a rule of the IR. What cannot be enforced never weakens the ruleset: a policy that permits with such a
// term matches nothing, and one that denies or rejects drops the term, so that it denies more.

import type { Origin } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { keptWords, origin } from "@merlon/model/schema/node.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { AddressMembers } from "./address-members.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { builtInAddresses } from "./resolve-addresses.ts";
import type { AddressResolver } from "./resolve-addresses.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { ruleFlowOptions } from "./flow-options/flow-options.ts";
import { unmetDemand } from "./permit-demands.ts";
import type { ApplicationResolver } from "./resolve-applications.ts";
import type { Action, AddressMatch, AddressSetName, IrMatch, IrRule, PolicyName } from "./ir.ts";

type Policies = NonNullable<NonNullable<Configuration["security"]>["policies"]>;
export type ZonePairPolicy = Policies["fromZone"][number]["policy"][number];
export type GlobalPolicy = NonNullable<Policies["global"]>["policy"][number];
type Policy = ZonePairPolicy | GlobalPolicy;
type Match = NonNullable<Policy["match"]>;

/** A rule whose number is not known yet. */
export type RuleDraft = Omit<IrRule, "id">;

export interface PolicyContext {
  readonly addresses: AddressResolver;
  readonly applications: ApplicationResolver;
  readonly diagnostics: DiagnosticList;
  readonly schedulers: SchedulerStates;
  /** Filled with every address set that a rule names. */
  readonly addressSets: Map<AddressSetName, AddressMembers>;
  /** Equal terms of different policies are one object, so that a hundred thousand policies stay small. */
  readonly shared: {
    readonly addresses: Map<string, AddressMatch>;
    readonly services: Map<string, Services>;
  };
}

export interface SchedulerStates {
  readonly known: ReadonlySet<string>;
  /** Those whose time it is. */
  readonly active: ReadonlySet<string>;
}

interface Services {
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

export function resolvePolicy(context: PolicyContext, policy: Policy, place: PolicyPlace): RuleDraft {
  const action = actionOf(policy, context.diagnostics);
  const { match, then } = policy;
  const source = resolveSide(context, policy, "source", place.fromZone);
  const destination = resolveSide(context, policy, "destination", place.toZone);
  const services = resolveServices(context, policy);
  const gap =
    source.gap ??
    destination.gap ??
    services.gap ??
    unsupportedTerm(match) ??
    unmetDemand(policy) ??
    tooManyWildcards(context, policy, source.value, destination.value);
  const { schedulerName: scheduler } = policy;
  const idle = scheduler === undefined ? undefined : whyIdle(context, policy, scheduler);
  return {
    policy: { scope: place.scope, name: policy.name },
    match:
      idle === undefined ? matchOf(action, source, destination, services, gap) : { kind: "nothing", because: idle },
    action,
    log: { sessionInit: then?.log?.sessionInit === true, sessionClose: then?.log?.sessionClose === true },
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
  source: AddressMatch,
  destination: AddressMatch,
): string | undefined {
  const waysIn = (side: AddressMatch) => {
    if (side.kind === "any" || side.excluded) return 1;
    return 1 + side.names.reduce((sum, name) => sum + (context.addressSets.get(name)?.wildcards?.length ?? 0), 0);
  };
  const count = waysIn(source) * waysIn(destination);
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
  action: Action,
  source: Term<AddressMatch>,
  destination: Term<AddressMatch>,
  services: Term<Services>,
  gap: string | undefined,
): IrMatch {
  if (action === "permit" && gap !== undefined) return { kind: "nothing", because: gap };
  return {
    kind: "packets",
    source: source.value,
    destination: destination.value,
    services: services.value.terms,
    applications: services.value.names,
  };
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

/** Terms that the data plane cannot follow yet. The words for "no restriction" restrict nothing. */
function unsupportedTerm(match: Match | undefined): string | undefined {
  const kept = match?.[keptWords]?.[0];
  if (kept !== undefined) return `${kept} is not followed yet`;
  const restricts = (values: readonly string[] | undefined, free: readonly string[]) =>
    values !== undefined && values.length > 0 && !values.some((value) => free.includes(value));
  if (restricts(match?.dynamicApplication, ["any", "none"])) return "dynamic-application is not identified yet";
  if (restricts(match?.urlCategory, ["any", "none"])) return "url-category is not identified yet";
  return restricts(match?.sourceIdentity, ["any"]) ? "source-identity is not known yet" : undefined;
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
  for (const name of names.length === 1 ? names : new Set(names)) {
    if (name === "any") continue;
    const resolved = context.addresses.resolveForPolicy(zone, name);
    if (resolved === undefined) {
      unknownAddress(context, policy, side, zone, name);
      gap ??= `${side}-address ${name} is unknown`;
    } else {
      gap ??= resolved.incomplete;
      sets.push(resolved.setName);
      context.addressSets.set(resolved.setName, resolved.members);
    }
  }
  if (gap !== undefined) return { value: anywhere, gap };
  return { value: names.includes("any") ? anywhere : sharedSets(context, sets, excluded) };
}

function sharedSets(context: PolicyContext, names: readonly AddressSetName[], excluded: boolean): AddressMatch {
  // One name alone is its own key: most sides have one, and a key made of parts is hashed anew each time.
  const [only = ""] = names;
  const key = names.length === 1 && !excluded ? only : `${excluded ? "!" : ""}${names.join("\n")}`;
  const known = context.shared.addresses.get(key);
  if (known !== undefined) return known;
  const made: AddressMatch = { kind: "sets", names: [...names], excluded };
  context.shared.addresses.set(key, made);
  return made;
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
  const known = context.shared.services.get(key);
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
  const value: Services = { names, terms };
  context.shared.services.set(key, value);
  return { value };
}
