// The ordered rules of every pair of zones: the pair's own policies, then the global policies that cover the pair, then
// the default policy. A pair without any policy still has the default one. Pairs with `junos-host`, the gateway itself,
// exist only where policies name it: without them host-inbound-traffic alone decides, and what the gateway sends passes.

import type { Origin } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { resolvePolicy } from "./resolve-policy.ts";
import type { GlobalPolicy, PolicyContext, RuleDraft } from "./resolve-policy.ts";
import { hostZone } from "./ir.ts";
import type { IrZone } from "./ir.ts";

export interface ContextDraft {
  readonly fromZone: string;
  readonly toZone: string;
  readonly rules: readonly RuleDraft[];
}

/** Global policies count once for every pair that they cover. */
export const rulesMax = 1_000_000;

interface CoveringRule {
  readonly rule: RuleDraft;
  readonly fromZones: ReadonlySet<string> | "any";
  readonly toZones: ReadonlySet<string> | "any";
}

export function resolveContexts(
  configuration: Configuration,
  zones: readonly IrZone[],
  context: PolicyContext,
): readonly ContextDraft[] {
  const policies = configuration.security?.policies;
  const transit = zones.filter(({ kind }) => kind === "security").map(({ name }) => name);
  const known = new Set(transit);
  const pairs = resolvePairs(configuration, known, context);
  const covering = (policies?.global?.policy ?? []).map((policy) => resolveGlobal(policy, known, context));
  const last = defaultRule(configuration);
  const policiesOf = (fromZone: string, toZone: string): readonly RuleDraft[] => [
    ...(pairs.get(`${fromZone} ${toZone}`) ?? []),
    ...covering.filter((it) => covers(it.fromZones, fromZone) && covers(it.toZones, toZone)).map(({ rule }) => rule),
  ];
  const all = transit.flatMap((fromZone) =>
    transit.map((toZone) => ({ fromZone, toZone, rules: [...policiesOf(fromZone, toZone), last] })),
  );
  for (const zone of transit) {
    const [inbound, outbound] = [policiesOf(zone, hostZone), policiesOf(hostZone, zone)];
    if (inbound.length > 0) all.push({ fromZone: zone, toZone: hostZone, rules: [...inbound, hostInboundRule] });
    if (outbound.length > 0) all.push({ fromZone: hostZone, toZone: zone, rules: [...outbound, last] });
  }
  return withinLimit(all, last, context.diagnostics);
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
): ReadonlyMap<string, readonly RuleDraft[]> {
  const pairs = new Map<string, readonly RuleDraft[]>();
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
    pairs.set(
      `${fromZone} ${toZone}`,
      pair.policy.map((policy) => resolvePolicy(context, policy, place)),
    );
  }
  return pairs;
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

function resolveGlobal(policy: GlobalPolicy, known: ReadonlySet<string>, context: PolicyContext): CoveringRule {
  const rule = resolvePolicy(context, policy, { scope: "global" });
  const zonesOf = (names: readonly string[] | undefined): ReadonlySet<string> | "any" => {
    if (names === undefined || names.length === 0 || names.includes("any")) return "any";
    const at = policy.match?.[origin] ?? policy[origin];
    return new Set(names.filter((name) => checkZone(name, known, at, context.diagnostics)));
  };
  return { rule, fromZones: zonesOf(policy.match?.fromZone), toZones: zonesOf(policy.match?.toZone) };
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
