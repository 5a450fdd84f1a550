// From a configuration tree to everything that a commit needs: the typed configuration, the IR, rule ids and all
// diagnostics. Pure in effect: the same tree, ids and world always give the same result.

import { compile } from "@merlon/compiler/compile.ts";
import { withAnswers } from "@merlon/compiler/address-members.ts";
import type { DnsAnswers } from "@merlon/compiler/address-members.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import type { RuleIdTable } from "@merlon/compiler/rule-ids.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { scheduleState } from "../schedule/active-schedulers.ts";
import { wallClock } from "../schedule/wall-clock.ts";

/** A configuration that passed every check and could be enforced. */
export interface Prepared {
  /** As the operator wrote it, with its groups. */
  readonly tree: ConfigNode;
  readonly configuration: Configuration;
  readonly ir: Ir;
  /** Names of the schedulers that the IR takes to be in force. */
  readonly activeSchedulers: ReadonlySet<string>;
  readonly ruleIds: RuleIdTable;
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What the meaning of a configuration depends on beside its text: the time, and what names stand for. */
export interface World {
  readonly nowMs: number;
  readonly answers: DnsAnswers;
}

export type Preparation =
  | { readonly ok: true; readonly prepared: Prepared }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** `ruleIds` are those of the configuration in force, so that policies which stay keep their ids. */
export function prepare(tree: ConfigNode, ruleIds: RuleIdTable, world: World): Preparation {
  const inherited = inherit(tree);
  const read = readConfiguration(inherited.tree);
  const found = [...inherited.diagnostics, ...read.diagnostics];
  if (hasErrors(found)) return { ok: false, diagnostics: found };
  const clock = wallClock(read.configuration, world.nowMs);
  const { active: activeSchedulers } = scheduleState(read.configuration, clock.now);
  const compiled = compile(read.configuration, { ruleIds, activeSchedulers });
  const diagnostics = [...found, ...clock.diagnostics, ...compiled.diagnostics];
  if (hasErrors(diagnostics)) return { ok: false, diagnostics };
  const { configuration } = read;
  const ir = withAnswers(compiled.ir, world.answers);
  return { ok: true, prepared: { tree, configuration, ir, activeSchedulers, ruleIds: compiled.ruleIds, diagnostics } };
}

/** Whether what was prepared in one world would be the same in another. */
export function holdsIn(preparation: Preparation, then: World, now: World): boolean {
  if (!preparation.ok) return true;
  const { configuration, activeSchedulers } = preparation.prepared;
  const { active } = scheduleState(configuration, wallClock(configuration, now.nowMs).now);
  return then.answers === now.answers && active.symmetricDifference(activeSchedulers).size === 0;
}
