// What a commit must know of other times: a group that counts from 22:00 on may bring what does not fit together. That is
// found when it is committed and not at 22:00, or at a start in that night. Each group that waits for its time is tried
// with those that count now; what several groups do to each other is found when their times meet.

import { compile } from "@merlon/compiler/compile.ts";
import type { RuleIdTable } from "@merlon/compiler/rule-ids.ts";
import { timedGroups } from "@merlon/junos/group-times.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { inheritOptions, prepare } from "./prepare.ts";
import type { Preparation, Prepared, World } from "./prepare.ts";

/** Each is a reading of the whole configuration; groups beyond are tried when their time comes. */
export const groupsAheadMax = 16;

/** As `prepare`, and refuses what a group would break whose time is not now. */
export function prepareAhead(
  tree: ConfigNode,
  ruleIds: RuleIdTable,
  world: World,
  before?: Pick<Prepared, "compiled">,
): Preparation {
  const preparation = prepare(tree, ruleIds, world, before);
  if (!preparation.ok || preparation.prepared.timedGroups === undefined) return preparation;
  const { met } = preparation.prepared.timedGroups;
  const waiting = timedGroups(tree).filter((name) => !met.has(name));
  const { prepared } = preparation;
  const mistakes = waiting.slice(0, groupsAheadMax).flatMap((name) => mistakesWith(name, prepared, ruleIds, world));
  return mistakes.length === 0 ? preparation : { ok: false, diagnostics: mistakes };
}

function mistakesWith(
  group: string,
  { tree, compiled }: Prepared,
  ruleIds: RuleIdTable,
  world: World,
): readonly Diagnostic[] {
  const inherited = inherit(tree, { ...inheritOptions(world), timeMet: (name) => name === group });
  const read = readConfiguration(inherited.tree);
  const found = [...inherited.diagnostics, ...read.diagnostics];
  const all = hasErrors(found) ? found : compile(read.configuration, { ruleIds, before: compiled }).diagnostics;
  return all
    .filter(({ severity }) => severity === "error")
    .map((one) => ({ ...one, message: `when it is the time of group "${group}": ${one.message}` }));
}
