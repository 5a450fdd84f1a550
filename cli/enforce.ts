// What a gateway would enforce of a configuration: the same steps that its commit takes, up to the kernel.

import { scheduleState } from "@merlon/compiler/active-schedulers.ts";
import { compile } from "@merlon/compiler/compile.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { wallClock } from "@merlon/compiler/wall-clock.ts";
import { timedGroups } from "@merlon/junos/group-times.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Call, World } from "./command.ts";
import { loadFile } from "./load-file.ts";
import { inheritIn, settingOf } from "./setting.ts";
import type { Setting } from "./setting.ts";

export interface Enforced {
  /** Undefined when a commit would refuse the configuration. */
  readonly ir: Ir | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export function enforce(tree: ConfigNode, setting: Setting): Enforced {
  const inherited = inheritIn(tree, setting);
  const read = readConfiguration(inherited.tree);
  const found = [...inherited.diagnostics, ...read.diagnostics];
  if (hasErrors(found)) return { ir: undefined, diagnostics: found };
  const now = setting.momentOn(read.configuration);
  const clock = wallClock(read.configuration, now.epochMilliseconds);
  const { active: activeSchedulers } = scheduleState(read.configuration, clock.now);
  const compiled = compile(read.configuration, { ruleIds: noRuleIds, activeSchedulers });
  const diagnostics = [...found, ...clock.diagnostics, ...compiled.diagnostics];
  if (hasErrors(diagnostics)) return { ir: undefined, diagnostics };
  const waiting = timedGroups(tree).filter((name) => inherited.timed?.met.has(name) === false);
  const mistakes = waiting.slice(0, groupsAheadMax).flatMap((name) => mistakesWith(name, tree, setting));
  return mistakes.length === 0 ? { ir: compiled.ir, diagnostics } : { ir: undefined, diagnostics: mistakes };
}

/** As a commit tries groups whose time is to come. */
const groupsAheadMax = 16;

function mistakesWith(group: string, tree: ConfigNode, setting: Setting): readonly Diagnostic[] {
  const inherited = inheritIn(tree, setting, (name) => name === group);
  const read = readConfiguration(inherited.tree);
  const found = [...inherited.diagnostics, ...read.diagnostics];
  const all = hasErrors(found) ? found : compile(read.configuration, { ruleIds: noRuleIds }).diagnostics;
  return all
    .filter(({ severity }) => severity === "error")
    .map((one) => ({ ...one, message: `when it is the time of group "${group}": ${one.message}` }));
}

/** The IR of a file; undefined, with the errors reported, when a commit would refuse it. */
export async function enforceFile(name: string, call: Call, world: World): Promise<Ir | undefined> {
  const setting = settingOf(call, world);
  const tree = await loadFile(name, call, world);
  if (tree === undefined) return undefined;
  const { ir, diagnostics } = enforce(tree, setting);
  world.report(diagnostics, { json: call.switches.has("json") });
  return ir;
}
