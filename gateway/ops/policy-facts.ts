// What the policy commands tell of a policy in force: what was configured, and what it means now, from the same IR that is
// in the kernel.

import { addressResolver } from "@merlon/compiler/resolve-addresses.ts";
import { applicationResolver } from "@merlon/compiler/resolve-applications.ts";
import { DiagnosticList } from "@merlon/compiler/diagnostic-list.ts";
import type { AddressMembers } from "@merlon/compiler/address-members.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { emptyRangeSet } from "@merlon/model/ip/range-set.ts";
import type { Ir, IrRule } from "@merlon/compiler/ir.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { Gateway } from "../gateway.ts";

export interface PolicySummary {
  readonly name: string;
  /** The rule id: what logs, sessions and the kernel know it by. */
  readonly index: number;
  /** Its place among the policies of its context, from 1. */
  readonly sequence: number;
  readonly state: "enabled" | "disabled";
  /** Why it is disabled: out of its time, or it matches by what cannot be told. */
  readonly because?: string;
  /** Why its action is to deny, where it is written to permit: it demands what nobody carries out. */
  readonly unmet?: string;
  readonly description?: string;
  readonly scheduler?: string;
  readonly sourceAddresses: readonly string[];
  readonly sourceExcluded: boolean;
  readonly destinationAddresses: readonly string[];
  readonly destinationExcluded: boolean;
  readonly applications: readonly string[];
  readonly action: string;
  readonly log: boolean;
  readonly count: boolean;
}

export interface GlobalPolicySummary extends PolicySummary {
  readonly fromZones: readonly string[];
  readonly toZones: readonly string[];
}

/** What `detail` adds: what the names stand for. */
export interface PolicyDetail {
  readonly sources: readonly NamedAddress[];
  readonly destinations: readonly NamedAddress[];
  readonly services: readonly NamedService[];
  readonly logAt: readonly ("at-create" | "at-close")[];
  readonly tcp: { readonly synCheck: boolean; readonly sequenceCheck: boolean };
}

export interface NamedAddress {
  readonly name: string;
  /** Empty for the built-in names. */
  readonly book: string;
  readonly members: AddressMembers;
}

export interface NamedService {
  readonly name: string;
  readonly terms: "any" | readonly ServiceTerm[];
}

type Policies = NonNullable<NonNullable<Configuration["security"]>["policies"]>;
export type ZonePolicy = Policies["fromZone"][number]["policy"][number];
export type GlobalPolicy = NonNullable<Policies["global"]>["policy"][number];

/** Reads the policies of one configuration in force; made once for a command. */
export class PolicyFacts {
  readonly #ir: Ir | undefined;
  readonly #configuration: Configuration | undefined;
  readonly #rules = new Map<string, IrRule>();
  #resolvers: ReturnType<typeof resolversOf> | undefined;

  constructor({ running }: Pick<Gateway, "running">) {
    this.#ir = running?.prepared.ir;
    this.#configuration = running?.prepared.configuration;
    for (const { fromZone, toZone, rules } of this.#ir?.contexts ?? []) {
      for (const rule of rules) {
        const { scope, name } = rule.policy;
        const key = scope === "zone-pair" ? `${fromZone} ${toZone} ${name}` : `${scope} ${name}`;
        // A global policy has a rule in every pair of zones; the lowest number stands for it.
        const known = this.#rules.get(key);
        if (known === undefined || rule.id < known.id) this.#rules.set(key, rule);
      }
    }
  }

  get policies(): Policies | undefined {
    return this.#configuration?.security?.policies;
  }

  ofPair(fromZone: string, toZone: string, policy: ZonePolicy, sequence: number): PolicySummary {
    return summaryOf(policy, sequence, this.#rules.get(`${fromZone} ${toZone} ${policy.name}`));
  }

  global(policy: GlobalPolicy, sequence: number): GlobalPolicySummary {
    return {
      ...summaryOf(policy, sequence, this.#rules.get(`global ${policy.name}`)),
      fromZones: zonesOf(policy.match?.fromZone),
      toZones: zonesOf(policy.match?.toZone),
    };
  }

  /** Zones are absent for a global policy. */
  detail(summary: PolicySummary, zones?: { readonly from: string; readonly to: string }): PolicyDetail {
    const key = zones === undefined ? `global ${summary.name}` : `${zones.from} ${zones.to} ${summary.name}`;
    const rule = this.#rules.get(key);
    return {
      sources: this.#addresses(zones?.from, summary.sourceAddresses),
      destinations: this.#addresses(zones?.to, summary.destinationAddresses),
      services: summary.applications.map((name) => ({
        name,
        terms: this.#resolver.applications.resolve(name)?.terms ?? [],
      })),
      logAt: [
        ...(rule?.log.sessionInit === true ? (["at-create"] as const) : []),
        ...(rule?.log.sessionClose === true ? (["at-close"] as const) : []),
      ],
      tcp: { synCheck: rule?.tcp?.synCheck === true, sequenceCheck: rule?.tcp?.sequenceCheck === true },
    };
  }

  #addresses(zone: string | undefined, names: readonly string[]): readonly NamedAddress[] {
    return names.map((name) => {
      const resolved = this.#resolver.addresses.resolve(zone, name);
      if (resolved === undefined) return { name, book: "", members: emptyRangeSet };
      const { setName } = resolved;
      const colon = setName.indexOf(`:${name}`);
      // The IR has the members now; the resolver knows no addresses of domain names.
      const members = this.#ir?.addressSets.get(setName) ?? resolved.members;
      return { name, book: colon < 0 ? "" : setName.slice(0, colon), members };
    });
  }

  get #resolver() {
    this.#resolvers ??= resolversOf(this.#configuration ?? readConfiguration(emptyTree).configuration);
    return this.#resolvers;
  }
}

/** What is wrong with names was said at the commit. */
function resolversOf(configuration: Configuration) {
  const diagnostics = new DiagnosticList();
  return {
    addresses: addressResolver(configuration, diagnostics),
    applications: applicationResolver(configuration, diagnostics),
  };
}

function summaryOf(policy: ZonePolicy | GlobalPolicy, sequence: number, rule: IrRule | undefined): PolicySummary {
  const { match, then, description, schedulerName } = policy;
  const because = rule?.match.kind === "nothing" ? rule.match.because : undefined;
  const unmet = rule?.unmet;
  return {
    name: policy.name,
    index: rule?.id ?? 0,
    sequence,
    state: because === undefined ? "enabled" : "disabled",
    ...(because === undefined ? {} : { because }),
    ...(unmet === undefined ? {} : { unmet }),
    ...(description === undefined ? {} : { description }),
    ...(schedulerName === undefined ? {} : { scheduler: schedulerName }),
    sourceAddresses: match?.sourceAddress ?? [],
    sourceExcluded: match?.sourceAddressExcluded === true,
    destinationAddresses: match?.destinationAddress ?? [],
    destinationExcluded: match?.destinationAddressExcluded === true,
    applications: match?.application ?? [],
    action: actionOf(then, unmet),
    log: unmet !== undefined || then?.log?.sessionInit === true || then?.log?.sessionClose === true,
    count: then?.count !== undefined,
  };
}

/** As it is carried out. */
function actionOf(then: ZonePolicy["then"], unmet: string | undefined): PolicySummary["action"] {
  if (unmet !== undefined) return "deny";
  return then?.permit !== undefined ? "permit" : then?.reject !== undefined ? "reject" : "deny";
}

function zonesOf(zones: readonly string[] | undefined): readonly string[] {
  return zones === undefined || zones.length === 0 ? ["any"] : zones;
}
