// `show security policies`: the policies in force by zone pair, in the order in which they are matched.

import { formatProtocol, zoneName } from "@merlon/model/schema/value.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import type { Gateway } from "../gateway.ts";
import { operation } from "./operation.ts";
import type { Input } from "./operation.ts";

export interface PolicySummary {
  readonly name: string;
  readonly index: number;
  readonly sequence: number;
  readonly sourceAddresses: readonly string[];
  readonly sourceExcluded: boolean;
  readonly destinationAddresses: readonly string[];
  readonly destinationExcluded: boolean;
  readonly applications: readonly string[];
  readonly action: string;
  readonly log: boolean;
  readonly count: boolean;
}

export interface PolicyContexts {
  readonly defaultPolicy: string;
  readonly contexts: readonly {
    readonly fromZone: string;
    readonly toZone: string;
    readonly policies: readonly PolicySummary[];
  }[];
  readonly global: readonly (PolicySummary & {
    readonly fromZones: readonly string[];
    readonly toZones: readonly string[];
  })[];
}

type Policies = NonNullable<NonNullable<Configuration["security"]>["policies"]>;
type ZonePolicy = Policies["fromZone"][number]["policy"][number];
type GlobalPolicy = NonNullable<Policies["global"]>["policy"][number];

export const showSecurityPolicies = operation<PolicyContexts>({
  command: "show security policies",
  help: "Show security policies",
  parameters: [
    { word: "from-zone", help: "Only policies from this zone", type: zoneName },
    { word: "to-zone", help: "Only policies to this zone", type: zoneName },
  ],
  run: async (gateway: Gateway, input: Input) => collect(gateway, input["from-zone"], input["to-zone"]),
  text: render,
});

function collect(gateway: Gateway, fromZone: unknown, toZone: unknown): PolicyContexts {
  const policies = gateway.running?.prepared.configuration.security?.policies;
  const ids = policyIndexes(gateway);
  const contexts = (policies?.fromZone ?? [])
    .filter((context) => fromZone === undefined || context.fromZoneName === fromZone)
    .filter((context) => toZone === undefined || context.toZoneName === toZone)
    .map((context) => ({
      fromZone: context.fromZoneName,
      toZone: context.toZoneName,
      policies: context.policy.map((policy, i) =>
        summaryOf(policy, i + 1, ids.get(`${context.fromZoneName} ${context.toZoneName} ${policy.name}`) ?? 0),
      ),
    }));
  const global = (policies?.global?.policy ?? []).map((policy, i) => ({
    ...summaryOf(policy, i + 1, ids.get(`global ${policy.name}`) ?? 0),
    fromZones: zonesOf(policy.match?.fromZone),
    toZones: zonesOf(policy.match?.toZone),
  }));
  return { defaultPolicy: policies?.defaultPolicy?.defaultAction ?? "deny-all", contexts, global };
}

/** The rule id of each policy; a global one has several, the lowest stands for it. */
function policyIndexes(gateway: Gateway): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>();
  for (const { fromZone, toZone, rules } of gateway.running?.prepared.ir.contexts ?? []) {
    for (const { id, policy } of rules) {
      const key =
        policy.scope === "zone-pair" ? `${fromZone} ${toZone} ${policy.name}` : `${policy.scope} ${policy.name}`;
      indexes.set(key, Math.min(id, indexes.get(key) ?? id));
    }
  }
  return indexes;
}

function zonesOf(zones: readonly string[] | undefined): readonly string[] {
  return zones === undefined || zones.length === 0 ? ["any"] : zones;
}

function summaryOf(policy: ZonePolicy | GlobalPolicy, sequence: number, index: number): PolicySummary {
  const { match, then } = policy;
  return {
    name: policy.name,
    index,
    sequence,
    sourceAddresses: match?.sourceAddress ?? [],
    sourceExcluded: match?.sourceAddressExcluded === true,
    destinationAddresses: match?.destinationAddress ?? [],
    destinationExcluded: match?.destinationAddressExcluded === true,
    applications: match?.application ?? [],
    action: then?.permit !== undefined ? "permit" : then?.reject !== undefined ? "reject" : "deny",
    log: then?.log?.sessionInit === true || then?.log?.sessionClose === true,
    count: then?.count !== undefined,
  };
}

function render(data: PolicyContexts): string {
  const lines = [`Default policy: ${data.defaultPolicy}`];
  for (const { fromZone, toZone, policies } of data.contexts) {
    lines.push(`From zone: ${fromZone}, To zone: ${toZone}`, ...policies.flatMap((policy) => renderPolicy(policy, [])));
  }
  if (data.global.length > 0) {
    lines.push("Global policies:");
    for (const policy of data.global) {
      const zones = [`    From zones: ${policy.fromZones.join(", ")}`, `    To zones: ${policy.toZones.join(", ")}`];
      lines.push(...renderPolicy(policy, zones));
    }
  }
  return `${lines.join("\n")}\n`;
}

function renderPolicy(policy: PolicySummary, zones: readonly string[]): readonly string[] {
  const excluded = (yes: boolean): string => (yes ? "(excluded)" : "");
  const actions = [policy.action, ...(policy.log ? ["log"] : []), ...(policy.count ? ["count"] : [])];
  return [
    `  Policy: ${policy.name}, State: enabled, Index: ${policy.index}, Scope Policy: 0, Sequence number: ${policy.sequence}`,
    ...zones,
    `    Source addresses${excluded(policy.sourceExcluded)}: ${policy.sourceAddresses.join(", ")}`,
    `    Destination addresses${excluded(policy.destinationExcluded)}: ${policy.destinationAddresses.join(", ")}`,
    `    Applications: ${policy.applications.join(", ")}`,
    `    Action: ${actions.join(", ")}`,
  ];
}

/** `tcp/5432`, for sentences and columns. */
export function formatService(protocol: number, port: number | undefined): string {
  return port === undefined ? formatProtocol(protocol) : `${formatProtocol(protocol)}/${port}`;
}
