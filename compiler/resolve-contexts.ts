// The ordered rules of every pair of zones: the pair's own policies, then the global policies that cover the pair, then
// the default policy. A pair without any policy still has the default one. Pairs with `junos-host`, the gateway itself,
// exist only where policies name it: without them host-inbound-traffic alone decides, and what the gateway sends passes.
// Pairs, rules and contexts of an earlier configuration that nothing has changed for are taken as they are.

import assert from "node:assert/strict";
import type { Origin } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { EarlierList } from "./earlier-list.ts";
import { holdsStill, resolvePolicy } from "./resolve-policy.ts";
import type { GlobalPolicy, PolicyContext, PolicyPlace, ResolvedPolicy, RuleDraft } from "./resolve-policy.ts";
import type { ResolvedAddress } from "./resolve-addresses.ts";
import { shareEqual } from "./share-equal.ts";
import { hostZone } from "./ir.ts";
import type { IrZone } from "./ir.ts";

export interface ContextDraft {
  readonly fromZone: string;
  readonly toZone: string;
  readonly rules: readonly RuleDraft[];
}

/** Global policies count once for every pair that they cover. */
export const rulesMax = 1_000_000;

type ZonePair = NonNullable<NonNullable<Configuration["security"]>["policies"]>["fromZone"][number];

/** The policies of one list, in their order. */
interface ResolvedList {
  /** Undefined for the global policies. */
  readonly pair: ZonePair | undefined;
  readonly policies: readonly ResolvedPolicy[];
  readonly rules: readonly RuleDraft[];
  /** Every address that one of them names, once. */
  readonly asked: readonly ResolvedAddress[];
  readonly hasDiagnostics: boolean;
}

export interface ResolvedContexts {
  readonly drafts: readonly ContextDraft[];
  /** By their zones, `trust untrust`. */
  readonly pairs: ReadonlyMap<string, ResolvedList>;
  readonly global: ResolvedList;
  readonly covering: readonly CoveringRule[];
}

/** What was resolved for an earlier configuration, and which of the things that rules depend on are others now. */
export interface EarlierContexts {
  readonly contexts: ResolvedContexts;
  readonly changed: { readonly addresses: boolean; readonly applications: boolean; readonly schedulers: boolean };
}

interface CoveringRule {
  readonly rule: RuleDraft;
  readonly fromZones: ReadonlySet<string> | "any";
  readonly toZones: ReadonlySet<string> | "any";
}

export function resolveContexts(
  configuration: Configuration,
  zones: readonly IrZone[],
  context: PolicyContext,
  earlier?: EarlierContexts,
): ResolvedContexts {
  const transit = zones.filter(({ kind }) => kind === "security").map(({ name }) => name);
  const known = new Set(transit);
  const pairs = resolvePairs(configuration, known, context, earlier);
  const { global, covering } = resolveGlobals(configuration, known, context, earlier);
  const before = new ContextsBefore(earlier?.contexts, pairs, covering);
  const last = before.last(defaultRule(configuration));
  const draftOf = (fromZone: string, toZone: string, end: RuleDraft): ContextDraft =>
    before.draft(fromZone, toZone, end) ?? {
      fromZone,
      toZone,
      rules: [
        ...(pairs.get(`${fromZone} ${toZone}`)?.rules ?? []),
        ...covering.flatMap((it) => (covers(it.fromZones, fromZone) && covers(it.toZones, toZone) ? [it.rule] : [])),
        end,
      ],
    };
  const all = transit.flatMap((fromZone) => transit.map((toZone) => draftOf(fromZone, toZone, last)));
  for (const zone of transit) {
    const [inbound, outbound] = [draftOf(zone, hostZone, hostInboundRule), draftOf(hostZone, zone, last)];
    if (inbound.rules.length > 1) all.push(inbound);
    if (outbound.rules.length > 1) all.push(outbound);
  }
  const drafts = before.all(withinLimit(all, last, context.diagnostics));
  return { drafts, pairs, global, covering };
}

/** The contexts of an earlier configuration, where they are what they would be now. */
class ContextsBefore {
  readonly #drafts: readonly ContextDraft[];
  readonly #byZones: ReadonlyMap<string, ContextDraft>;
  readonly #isSame: (zones: string) => boolean;

  constructor(
    before: ResolvedContexts | undefined,
    pairs: ResolvedContexts["pairs"],
    covering: ResolvedContexts["covering"],
  ) {
    this.#drafts = before?.drafts ?? [];
    this.#byZones = new Map(this.#drafts.map((draft) => [`${draft.fromZone} ${draft.toZone}`, draft]));
    this.#isSame = (zones) =>
      before?.covering === covering && before.pairs.get(zones)?.rules === pairs.get(zones)?.rules;
  }

  /** The rule at the end of every pair of transit zones. */
  last(now: RuleDraft): RuleDraft {
    const before = this.#drafts[0]?.rules.at(-1);
    return before === undefined ? now : shareEqual(before, now);
  }

  draft(fromZone: string, toZone: string, end: RuleDraft): ContextDraft | undefined {
    const zones = `${fromZone} ${toZone}`;
    const draft = this.#byZones.get(zones);
    return draft?.rules.at(-1) === end && this.#isSame(zones) ? draft : undefined;
  }

  all(now: readonly ContextDraft[]): readonly ContextDraft[] {
    return now.length === this.#drafts.length && now.every((draft, at) => draft === this.#drafts[at])
      ? this.#drafts
      : now;
  }
}

/** What no policy says about traffic to the gateway, host-inbound-traffic has allowed already. */
const hostInboundRule: RuleDraft = {
  policy: { scope: "default", name: "host-inbound-traffic" },
  match: { kind: "packets", source: { kind: "any" }, destination: { kind: "any" }, services: "any" },
  action: "permit",
  log: { sessionInit: false, sessionClose: false },
  count: false,
  origin: { path: ["security", "zones"] },
};

function withinLimit(
  drafts: readonly ContextDraft[],
  last: RuleDraft,
  diagnostics: DiagnosticList,
): readonly ContextDraft[] {
  const count = drafts.reduce((sum, { rules }) => sum + rules.length, 0);
  if (count <= rulesMax) return drafts;
  diagnostics.error(
    "limit.rules",
    { path: ["security", "policies"] },
    `there are ${count} rules; at most ${rulesMax} can be enforced`,
    "a global policy counts once for every pair of zones it covers: name zones in it, or write fewer",
  );
  return drafts.map((draft) => ({ ...draft, rules: [defaultDeny(last.origin)] }));
}

/** Every zone is every zone that traffic passes; the gateway itself must be named. */
function covers(zones: ReadonlySet<string> | "any", zone: string): boolean {
  return zones === "any" ? zone !== hostZone : zones.has(zone);
}

function resolvePairs(
  configuration: Configuration,
  known: ReadonlySet<string>,
  context: PolicyContext,
  earlier: EarlierContexts | undefined,
): ReadonlyMap<string, ResolvedList> {
  const pairs = new Map<string, ResolvedList>();
  for (const pair of configuration.security?.policies?.fromZone ?? []) {
    const { fromZoneName: fromZone, toZoneName: toZone } = pair;
    if (fromZone === hostZone && toZone === hostZone) {
      const message = "what the gateway sends to itself meets no policy";
      context.diagnostics.error("policy.gateway-to-itself", pair[origin], message, "name a security zone on one side");
      continue;
    }
    const usable = [fromZone, toZone].map((zone) => checkZone(zone, known, pair[origin], context.diagnostics));
    if (!usable.every(Boolean)) continue;
    const place = { scope: "zone-pair" as const, fromZone, toZone };
    const zones = `${fromZone} ${toZone}`;
    const before = earlier?.contexts.pairs.get(zones);
    pairs.set(zones, resolveList({ pair, policies: pair.policy, place }, context, before, earlier));
  }
  return pairs;
}

interface PolicyList {
  readonly pair?: ZonePair;
  readonly policies: readonly ResolvedPolicy["policy"][];
  readonly place: PolicyPlace;
}

function resolveList(
  { pair, policies, place }: PolicyList,
  context: PolicyContext,
  before: ResolvedList | undefined,
  earlier: EarlierContexts | undefined,
): ResolvedList {
  const changed = earlier?.changed;
  const isChanged = changed === undefined || changed.addresses || changed.applications || changed.schedulers;
  if (before !== undefined && pair !== undefined && before.pair === pair && !isChanged && !before.hasDiagnostics)
    return before;
  const known = new EarlierList(before?.policies.map(({ policy }) => policy) ?? [], before?.policies ?? []);
  const resolved = policies.map((policy) => {
    const was = known.valueOf(policy);
    if (was !== undefined && changed !== undefined && !was.hasDiagnostics) {
      if (!isChanged || holdsStill(context, was, place, changed)) return was;
    }
    const version = was ?? known.nextValue;
    return resolvePolicy(context, policy, place, version?.policy.name === policy.name ? version.rule : undefined);
  });
  const rules = sameList(
    before?.rules,
    resolved.map(({ rule }) => rule),
  );
  const asked = sameList(before?.asked, [...new Set(resolved.flatMap((one) => one.asked))]);
  const hasDiagnostics = resolved.some((one) => one.hasDiagnostics);
  return { pair, policies: resolved, rules, asked, hasDiagnostics };
}

/** The list that was there before, when it holds the same objects. */
function sameList<T>(before: readonly T[] | undefined, now: readonly T[]): readonly T[] {
  return before?.length === now.length && before.every((one, at) => one === now[at]) ? before : now;
}

function checkZone(zone: string, known: ReadonlySet<string>, at: Origin, diagnostics: DiagnosticList): boolean {
  if (known.has(zone) || zone === hostZone) return true;
  if (zone === "management") {
    const hint = "transit needs a security zone";
    diagnostics.error("policy.management-zone", at, "no transit traffic passes the functional zone management", hint);
  } else {
    const hint = didYouMean(zone, known) ?? `set security zones security-zone ${zone} interfaces …`;
    diagnostics.error("policy.unknown-zone", at, `there is no security zone ${zone}`, hint);
  }
  return false;
}

function resolveGlobals(
  configuration: Configuration,
  known: ReadonlySet<string>,
  context: PolicyContext,
  earlier: EarlierContexts | undefined,
): Pick<ResolvedContexts, "global" | "covering"> {
  const policies = configuration.security?.policies?.global?.policy ?? [];
  const before = earlier?.contexts;
  const global = resolveList({ policies, place: { scope: "global" } }, context, before?.global, earlier);
  const now = policies.map((policy, at): CoveringRule => {
    const rule = global.rules[at];
    assert(rule !== undefined, "each policy has a rule");
    const fresh = { rule, ...coveredZones(policy, known, context) };
    const was = before?.covering[at];
    return was === undefined ? fresh : shareEqual(was, fresh);
  });
  return { global, covering: sameList(before?.covering, now) };
}

function coveredZones(
  policy: GlobalPolicy,
  known: ReadonlySet<string>,
  context: PolicyContext,
): Omit<CoveringRule, "rule"> {
  const zonesOf = (names: readonly string[] | undefined): ReadonlySet<string> | "any" => {
    if (names === undefined || names.length === 0 || names.includes("any")) return "any";
    const at = policy.match?.[origin] ?? policy[origin];
    return new Set(names.filter((name) => checkZone(name, known, at, context.diagnostics)));
  };
  return { fromZones: zonesOf(policy.match?.fromZone), toZones: zonesOf(policy.match?.toZone) };
}

/** What no policy matches is denied and logged, unless the operator has opened the gateway. */
function defaultRule(configuration: Configuration): RuleDraft {
  const configured = configuration.security?.policies?.defaultPolicy;
  const at = configured?.[origin] ?? { path: ["security", "policies", "default-policy"] };
  const deny = defaultDeny(at);
  if (configured?.defaultAction !== "permit-all") return deny;
  return { ...deny, action: "permit", log: { sessionInit: false, sessionClose: false } };
}

function defaultDeny(at: Origin): RuleDraft {
  return {
    policy: { scope: "default", name: "default-policy" },
    match: { kind: "packets", source: { kind: "any" }, destination: { kind: "any" }, services: "any" },
    action: "deny",
    log: { sessionInit: true, sessionClose: false },
    count: true,
    origin: at,
  };
}
