// From a configuration tree to everything that a commit needs: the typed configuration, the IR, rule ids and all
// diagnostics. Pure in effect: the same tree, ids and world always give the same result. What was prepared before makes it
// fast: what a change left alone is not worked out again, and stands in the result as the very same objects.

import { scheduleState } from "@merlon/compiler/active-schedulers.ts";
import { compile } from "@merlon/compiler/compile.ts";
import type { Compilation } from "@merlon/compiler/compile.ts";
import { withAnswers } from "@merlon/compiler/address-members.ts";
import { noDynamicMembers, withDynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import type { DynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import { withFastDevices } from "@merlon/compiler/flow-options/fast-devices.ts";
import type { DnsAnswers } from "@merlon/compiler/address-members.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import type { RuleIdTable } from "@merlon/compiler/rule-ids.ts";
import { ownSettings, wallClock } from "@merlon/compiler/wall-clock.ts";
import type { ClusterNode } from "@merlon/junos/group-conditions.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import type { InheritOptions, TimedGroups } from "@merlon/junos/inherit.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { subtree } from "@merlon/junos/subtree.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { timeState } from "../schedule/time-state.ts";

/** A configuration that passed every check and could be enforced. */
export interface Prepared {
  /** As the operator wrote it, with its groups. */
  readonly tree: ConfigNode;
  readonly configuration: Configuration;
  readonly ir: Ir;
  /** What the IR was before the world's answers, members and devices came in; for the next preparation. */
  readonly compiled: Pick<Compilation, "ir" | "memory">;
  /** Names of the schedulers that the IR takes to be in force. */
  readonly activeSchedulers: ReadonlySet<string>;
  /** Which groups the configuration takes to count for their time; absent when none asks for the time. */
  readonly timedGroups?: TimedGroups;
  readonly ruleIds: RuleIdTable;
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What the meaning of a configuration depends on beside its text: the time, what names stand for, and where it is. */
export interface World {
  /** Which node of a cluster this gateway is. */
  readonly node?: ClusterNode | undefined;
  readonly nowMs: number;
  readonly answers: DnsAnswers;
  /** Who has joined which dynamic address. */
  readonly dynamicMembers?: DynamicMembers;
  /** Devices that the kernel's fast path takes packets from. */
  readonly fastDevices?: ReadonlySet<string>;
  /** Names of capabilities that the kernel does not have. */
  readonly lacks?: ReadonlySet<string>;
}

export type Preparation =
  | { readonly ok: true; readonly prepared: Prepared }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * `ruleIds` are those of the configuration in force, so that policies which stay keep their ids. `before` is what was
 * prepared last, for speed alone.
 */
export function prepare(
  tree: ConfigNode,
  ruleIds: RuleIdTable,
  world: World,
  before?: Pick<Prepared, "compiled">,
): Preparation {
  const inherited = inherit(tree, inheritOptions(world));
  const read = readConfiguration(inherited.tree);
  const found = [...inherited.diagnostics, ...read.diagnostics];
  if (hasErrors(found)) return { ok: false, diagnostics: found };
  const clock = wallClock(read.configuration, world.nowMs);
  const { active: activeSchedulers } = scheduleState(read.configuration, clock.now);
  const reservedKeys = inherited.timed === undefined ? [] : keysAtAnyTime(tree, ruleIds, world, before);
  const compiled = compile(read.configuration, {
    ruleIds,
    activeSchedulers,
    reservedKeys,
    before: before?.compiled,
    ...(world.lacks === undefined ? {} : { lacks: world.lacks }),
  });
  const diagnostics = [...found, ...clock.diagnostics, ...compiled.diagnostics];
  if (hasErrors(diagnostics)) return { ok: false, diagnostics };
  const { configuration } = read;
  const named = withAnswers(compiled.ir, world.answers);
  const joined = withDynamicMembers(named, world.dynamicMembers ?? noDynamicMembers);
  const ir = withFastDevices(joined, world.fastDevices ?? new Set());
  const { timed } = inherited;
  const { ruleIds: numbers, memory } = compiled;
  const kept = { ir: compiled.ir, memory };
  const prepared = { tree, configuration, ir, compiled: kept, activeSchedulers, ruleIds: numbers, diagnostics };
  return { ok: true, prepared: timed === undefined ? prepared : { ...prepared, timedGroups: timed } };
}

/**
 * The rules that groups may bring at other times. Their numbers are recorded with the commit, so that none of them is
 * given to another rule by a process that starts at another time, while sessions may still carry it.
 */
function keysAtAnyTime(
  tree: ConfigNode,
  ruleIds: RuleIdTable,
  world: World,
  before: Pick<Prepared, "compiled"> | undefined,
): readonly string[] {
  const { configuration } = readConfiguration(inherit(tree, { ...inheritOptions(world), timeMet: () => true }).tree);
  return Object.keys(compile(configuration, { ruleIds, before: before?.compiled }).ruleIds.ids);
}

/** How a configuration inherits in a world, for whoever shows it expanded. */
export function inheritOptions({ node, nowMs }: Pick<World, "node" | "nowMs">): InheritOptions {
  const own = (expanded: ConfigNode) =>
    ownSettings(readConfiguration(subtree(expanded, ["system"]) ?? emptyTree).configuration, nowMs);
  return { node, own };
}

/** Whether what was prepared in one world would be the same in another. */
export function holdsIn(preparation: Preparation, then: World, now: World): boolean {
  if (!preparation.ok) return true;
  if (then.fastDevices !== now.fastDevices || then.lacks !== now.lacks) return false;
  if (then.dynamicMembers !== now.dynamicMembers) return false;
  return then.answers === now.answers && then.node === now.node && timeState(preparation.prepared, now.nowMs).same;
}
