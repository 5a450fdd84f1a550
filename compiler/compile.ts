// From the typed configuration to the IR. Every mistake becomes a diagnostic, and the IR is complete all the same: where
// something is missing it denies. The result depends on the configuration and the recorded rule ids alone; an earlier
// compilation saves work and lends its objects, so that what a change left alone is told by `===`.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { checkLogins } from "./check-logins.ts";
import { DiagnosticList } from "./diagnostic-list.ts";
import { hostZone } from "./ir.ts";
import { overBudget } from "./lookup/lookup-budget.ts";
import type { AddressMembers } from "./address-members.ts";
import type { AddressMatch, AddressSetName, Ir, IrInterface } from "./ir.ts";
import { resolveFlowOptions, warnSilentZones } from "./flow-options/flow-options.ts";
import { resolveProxies } from "./nat/resolve-proxies.ts";
import { natRuleKeys, numberedNat, resolveNat } from "./nat/resolve-nat.ts";
import { RuleNumbers, sameKeys } from "./number-rules.ts";
import type { NumberedContexts } from "./number-rules.ts";
import { addressResolver } from "./resolve-addresses.ts";
import type { AddressResolver, ResolvedAddress } from "./resolve-addresses.ts";
import { applicationResolver } from "./resolve-applications.ts";
import type { ApplicationResolver } from "./resolve-applications.ts";
import { resolveContexts } from "./resolve-contexts.ts";
import type { EarlierContexts, ResolvedContexts } from "./resolve-contexts.ts";
import { resolveDevices, resolveInterfaces, resolveZones } from "./resolve-interfaces.ts";
import { warnShortfalls } from "./policy-shortfalls.ts";
import { resolveNetwork } from "./resolve-network.ts";
import { resolveUnits } from "./resolve-units.ts";
import { resolveWires } from "./resolve-wires.ts";
import { sidesKey } from "./resolve-policy.ts";
import type { PolicyContext, SchedulerStates, Services } from "./resolve-policy.ts";
import { allocateRuleIds, ruleIdOf, ruleKey } from "./rule-ids.ts";
import type { RuleIdTable } from "./rule-ids.ts";
import { shareEqual } from "./share-equal.ts";
import { SharedParts } from "./shared-parts.ts";
import { resolveScreens, screenKeys, withIds } from "./screen/resolve-screens.ts";
import type { KernelLacks } from "./screen/resolve-screens.ts";

export interface Compilation {
  readonly ir: Ir;
  /** To be recorded with the configuration, and given to the next compilation. */
  readonly ruleIds: RuleIdTable;
  readonly diagnostics: readonly Diagnostic[];
  /** For the next compilation. */
  readonly memory: CompileMemory;
}

export interface CompileOptions {
  readonly ruleIds: RuleIdTable;
  /** Names of the schedulers whose time it is; without them every scheduled policy is out of its time. */
  readonly activeSchedulers?: ReadonlySet<string>;
  /** Keys of rules that are not there now and may come without a commit: they have numbers of their own already. */
  readonly reservedKeys?: readonly string[];
  /** What the kernel is known not to have; without it everything is taken to be there. */
  readonly lacks?: KernelLacks;
  /** Of a configuration that this one came from, or any other: the result is the same without it. */
  readonly before?: Pick<Compilation, "ir" | "memory"> | undefined;
}

/** What the parts of an IR were made from. */
export interface CompileMemory {
  readonly addresses: AddressResolver;
  readonly applications: ApplicationResolver;
  readonly schedulers: SchedulerStates;
  readonly contexts: ResolvedContexts;
  readonly shared: {
    readonly addresses: ReadonlyMap<string, AddressMatch>;
    readonly services: ReadonlyMap<string, Services>;
  };
  /** The address sets of the policies, and the lists that they come from. */
  readonly sets: AskedSets;
  readonly numbered: NumberedContexts;
  readonly keys: readonly (readonly string[])[];
}

export function compile(configuration: Configuration, options: CompileOptions): Compilation {
  const diagnostics = new DiagnosticList();
  const { before } = options;
  const memory = before?.memory;
  const zones = resolveZones(configuration, diagnostics);
  const devices = resolveDevices(configuration, diagnostics);
  const units = resolveUnits(configuration, devices, diagnostics);
  const ports = { devices, units, wires: resolveWires(configuration, units, diagnostics) };
  const interfaces = resolveInterfaces(configuration, zones, ports, diagnostics);
  const network = resolveNetwork(configuration, ports, diagnostics);
  const context = policyContext(configuration, options, diagnostics);
  const contexts = resolveContexts(configuration, zones, context, earlierContexts(context, memory));
  warnShortfalls(configuration, diagnostics);
  checkLogins(configuration, diagnostics);
  const flow = resolveFlowOptions(configuration, contexts.drafts, diagnostics);
  warnSilentZones(zones, interfaces, diagnostics);
  const proxies = resolveProxies(configuration, interfaces, diagnostics);
  const sets = askedSets(contexts, memory?.sets);
  const addressSets = configuration.security?.nat === undefined ? sets.all : new Map(sets.all);
  const nat = resolveNat(configuration, { ...context, zones, interfaces, addressSets });
  const screens = resolveScreens(configuration, options.lacks ?? new Set(), diagnostics);
  const numbers = new RuleNumbers(memory?.numbered);
  const ruleKeys = numbers.keysOf(contexts.drafts);
  const otherKeys = [natRuleKeys(nat), screenKeys(screens), options.reservedKeys ?? [], interfaces.map(hostInboundKey)];
  const keys = [...ruleKeys, ...otherKeys];
  const ruleIds = idsFor(keys, options.ruleIds, memory);
  const numbered = numbers.numbered(contexts.drafts, ruleKeys, ruleIds);
  const rematch = configuration.security?.policies?.policyRematch;
  const fresh: Ir = {
    zones,
    interfaces: interfaces.map((entry) => {
      const ruleId = ruleIdOf(ruleIds, hostInboundKey(entry));
      return { ...entry, hostInbound: { ...entry.hostInbound, ruleId } };
    }),
    addressSets,
    contexts: numbered.contexts,
    network: proxies.length === 0 ? network : { ...network, proxies },
    ...(nat === undefined ? {} : { nat: numberedNat(nat, ruleIds) }),
    flow,
    ...(screens.length === 0 ? {} : { screens: withIds(screens, (key) => ruleIdOf(ruleIds, key)) }),
    ...(rematch === undefined ? {} : { rematch: rematch.extensive === true ? "extensive" : "policies" }),
  };
  const ir = before === undefined ? fresh : sharedIr(before.ir, fresh);
  for (const { kind, at, message, hint } of overBudget(ir, before?.ir)) {
    if (kind === "slow") diagnostics.warning("policy.many-overlaps", at, message, hint);
    else diagnostics.error("policy.too-many-overlaps", at, message, hint);
  }
  const { addresses, applications, schedulers } = context;
  const made = {
    addresses,
    applications,
    schedulers,
    contexts,
    sets,
    numbered,
    keys,
  };
  return { ir, ruleIds, diagnostics: diagnostics.all(), memory: { ...made, shared: sharedOf(context, contexts) } };
}

function policyContext(
  configuration: Configuration,
  { activeSchedulers, before }: CompileOptions,
  diagnostics: DiagnosticList,
): PolicyContext {
  const memory = before?.memory;
  const addresses = addressResolver(configuration, diagnostics, memory?.addresses);
  const applications = applicationResolver(configuration, diagnostics, memory?.applications);
  return {
    addresses,
    applications,
    diagnostics,
    schedulers: {
      known: new Set((configuration.schedulers?.scheduler ?? []).map(({ name }) => name)),
      active: activeSchedulers ?? new Set(),
    },
    shared: {
      addresses: new SharedParts(memory?.shared.addresses),
      services: new SharedParts(memory?.shared.services, memory?.applications === applications),
    },
  };
}

function earlierContexts(context: PolicyContext, memory: CompileMemory | undefined): EarlierContexts | undefined {
  if (memory === undefined) return undefined;
  const { known, active } = context.schedulers;
  const changed = {
    addresses: memory.addresses !== context.addresses,
    applications: memory.applications !== context.applications,
    schedulers: !sameNames(memory.schedulers.known, known) || !sameNames(memory.schedulers.active, active),
  };
  return { contexts: memory.contexts, changed };
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && a.isSubsetOf(b);
}

interface AskedSets {
  readonly lists: readonly (readonly ResolvedAddress[])[];
  readonly all: Map<AddressSetName, AddressMembers>;
}

/** Every address set that a policy names, in the order of the policies. */
function askedSets({ pairs, global }: ResolvedContexts, before: AskedSets | undefined): AskedSets {
  const lists = [...[...pairs.values()].map(({ asked }) => asked), global.asked];
  if (before?.lists.length === lists.length && before.lists.every((list, at) => list === lists[at])) return before;
  const all = new Map<AddressSetName, AddressMembers>();
  for (const list of lists) for (const { setName, members } of list) all.set(setName, members);
  return { lists, all };
}

/** The table that there was, when nothing has joined or left. */
function idsFor(
  keys: readonly (readonly string[])[],
  previous: RuleIdTable,
  memory: CompileMemory | undefined,
): RuleIdTable {
  const before = memory?.keys ?? [];
  const isSame = before.length === keys.length && before.every((list, at) => sameKeys(list, keys[at] ?? []));
  return isSame && memory?.numbered.ruleIds === previous ? previous : allocateRuleIds(previous, keys.flat());
}

/** Contexts are shared already. */
function sharedIr(before: Ir, { contexts, ...others }: Ir): Ir {
  const { contexts: _, ...othersBefore } = before;
  const shared = shareEqual(othersBefore, others);
  return shared === othersBefore && contexts === before.contexts ? before : { ...shared, contexts };
}

/** Parts that no rule has any more stay for a while, for they may come back; they never outnumber the others. */
function sharedOf({ shared }: PolicyContext, { pairs, global }: ResolvedContexts): CompileMemory["shared"] {
  const [addresses, services] = [shared.addresses.all(), shared.services.all()];
  const lists = [...[...pairs.values()].map(({ rules }) => rules), global.rules];
  const ruleCount = lists.reduce((sum, rules) => sum + rules.length, 0);
  if (addresses.size <= 4 * ruleCount + partsFew && services.size <= 2 * ruleCount + partsFew)
    return { addresses, services };
  const used = { addresses: new Map<string, AddressMatch>(), services: new Map<string, Services>() };
  for (const { match } of lists.flat()) {
    if (match.kind === "nothing") continue;
    const { source, destination, services: terms, applications: names = [] } = match;
    for (const side of [source, destination])
      if (side.kind === "sets") used.addresses.set(sidesKey(side.names, side.excluded), side);
    used.services.set(names.join(" "), { names, terms });
  }
  return used;
}

const partsFew = 1024;

/** Sessions with the gateway itself are told apart by the interface that let them in. */
function hostInboundKey({ name }: IrInterface): string {
  return ruleKey(name, hostZone, { scope: "default", name: "interface" });
}
