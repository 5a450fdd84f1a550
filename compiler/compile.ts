// From the typed configuration to the IR. Every mistake becomes a diagnostic, and the IR is complete all the same: where
// something is missing it denies. The result depends on the configuration and the recorded rule ids alone.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { checkLogins } from "./check-logins.ts";
import { DiagnosticList } from "./diagnostic-list.ts";
import { hostZone } from "./ir.ts";
import { overBudget } from "./lookup/lookup-budget.ts";
import type { Ir, IrContext, IrInterface, IrRule } from "./ir.ts";
import { resolveFlowOptions, warnSilentZones } from "./flow-options/flow-options.ts";
import { resolveProxies } from "./nat/resolve-proxies.ts";
import { natRuleKeys, numberedNat, resolveNat } from "./nat/resolve-nat.ts";
import { addressResolver } from "./resolve-addresses.ts";
import { applicationResolver } from "./resolve-applications.ts";
import { resolveContexts } from "./resolve-contexts.ts";
import type { ContextDraft } from "./resolve-contexts.ts";
import { resolveDevices, resolveInterfaces, resolveZones } from "./resolve-interfaces.ts";
import { warnUninspected } from "./permit-demands.ts";
import { resolveNetwork } from "./resolve-network.ts";
import { resolveUnits } from "./resolve-units.ts";
import { resolveWires } from "./resolve-wires.ts";
import type { PolicyContext } from "./resolve-policy.ts";
import { allocateRuleIds, ruleIdOf, ruleKey } from "./rule-ids.ts";
import type { RuleIdTable } from "./rule-ids.ts";
import { resolveScreens, screenKeys, withIds } from "./screen/resolve-screens.ts";
import type { KernelLacks } from "./screen/resolve-screens.ts";

export interface Compilation {
  readonly ir: Ir;
  /** To be recorded with the configuration, and given to the next compilation. */
  readonly ruleIds: RuleIdTable;
  readonly diagnostics: readonly Diagnostic[];
}

export interface CompileOptions {
  readonly ruleIds: RuleIdTable;
  /** Names of the schedulers whose time it is; without them every scheduled policy is out of its time. */
  readonly activeSchedulers?: ReadonlySet<string>;
  /** Keys of rules that are not there now and may come without a commit: they have numbers of their own already. */
  readonly reservedKeys?: readonly string[];
  /** What the kernel is known not to have; without it everything is taken to be there. */
  readonly lacks?: KernelLacks;
}

export function compile(configuration: Configuration, options: CompileOptions): Compilation {
  const diagnostics = new DiagnosticList();
  const zones = resolveZones(configuration, diagnostics);
  const devices = resolveDevices(configuration, diagnostics);
  const units = resolveUnits(configuration, devices, diagnostics);
  const ports = { devices, units, wires: resolveWires(configuration, units, diagnostics) };
  const interfaces = resolveInterfaces(configuration, zones, ports, diagnostics);
  const network = resolveNetwork(configuration, ports, diagnostics);
  const context: PolicyContext = {
    addresses: addressResolver(configuration, diagnostics),
    applications: applicationResolver(configuration, diagnostics),
    diagnostics,
    schedulers: {
      known: new Set((configuration.schedulers?.scheduler ?? []).map(({ name }) => name)),
      active: options.activeSchedulers ?? new Set(),
    },
    addressSets: new Map(),
    shared: { addresses: new Map(), services: new Map() },
  };
  const drafts = resolveContexts(configuration, zones, context);
  warnUninspected(configuration, diagnostics);
  checkLogins(configuration, diagnostics);
  const flow = resolveFlowOptions(configuration, drafts, diagnostics);
  warnSilentZones(zones, interfaces, diagnostics);
  const proxies = resolveProxies(configuration, interfaces, diagnostics);
  const nat = resolveNat(configuration, { ...context, zones, interfaces });
  const screens = resolveScreens(configuration, options.lacks ?? new Set(), diagnostics);
  const keys = drafts.map(ruleKeysOf);
  const ruleIds = allocateRuleIds(
    options.ruleIds,
    allOf([...keys, natRuleKeys(nat), screenKeys(screens), options.reservedKeys ?? []], interfaces.map(hostInboundKey)),
  );
  const rematch = configuration.security?.policies?.policyRematch;
  const ir: Ir = {
    zones,
    interfaces: interfaces.map((entry) => {
      const ruleId = ruleIdOf(ruleIds, hostInboundKey(entry));
      return { ...entry, hostInbound: { ...entry.hostInbound, ruleId } };
    }),
    addressSets: context.addressSets,
    contexts: drafts.map((draft, at) => numbered(draft, keys[at] ?? [], ruleIds)),
    network: proxies.length === 0 ? network : { ...network, proxies },
    ...(nat === undefined ? {} : { nat: numberedNat(nat, ruleIds) }),
    flow,
    ...(screens.length === 0 ? {} : { screens: withIds(screens, (key) => ruleIdOf(ruleIds, key)) }),
    ...(rematch === undefined ? {} : { rematch: rematch.extensive === true ? "extensive" : "policies" }),
  };
  for (const { at, message, hint } of overBudget(ir)) diagnostics.error("policy.too-many-overlaps", at, message, hint);
  return { ir, ruleIds, diagnostics: diagnostics.all() };
}

function ruleKeysOf({ fromZone, toZone, rules }: ContextDraft): readonly string[] {
  return rules.map(({ policy }) => ruleKey(fromZone, toZone, policy));
}

function* allOf(ofRules: readonly (readonly string[])[], ofInterfaces: readonly string[]): Generator<string> {
  for (const keys of ofRules) yield* keys;
  yield* ofInterfaces;
}

/** Sessions with the gateway itself are told apart by the interface that let them in. */
function hostInboundKey({ name }: IrInterface): string {
  return ruleKey(name, hostZone, { scope: "default", name: "interface" });
}

/** `keys` are those of the rules, in their order. */
function numbered({ fromZone, toZone, rules }: ContextDraft, keys: readonly string[], ruleIds: RuleIdTable): IrContext {
  const withIds = rules.map((rule, at): IrRule => ({ id: ruleIdOf(ruleIds, keys[at] ?? ""), ...rule }));
  return { fromZone, toZone, rules: withIds };
}
