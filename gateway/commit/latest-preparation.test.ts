// When a preparation is taken again, and when a configuration is prepared anew.

import { describe, expect, test } from "vitest";
import { noAnswers } from "@merlon/compiler/address-members.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { LatestPreparation } from "./latest-preparation.ts";
import type { World } from "./prepare.ts";

const world: World = { nowMs: 0, answers: noAnswers };
const zone = "set security zones security-zone a interfaces eth0";
const load = (...lines: readonly string[]) =>
  loadConfiguration(emptyTree, lines.join("\n"), { action: "set", source: "test" }).tree;

describe("the latest preparation", () => {
  test("is taken again for the same tree in the same world, and not in another", () => {
    const latest = new LatestPreparation();
    const tree = load(zone);
    const first = latest.prepare(tree, undefined, noRuleIds, world);
    expect(first.ok).toBe(true);
    expect(latest.prepare(tree, undefined, noRuleIds, { ...world, nowMs: 1 })).toBe(first);
    expect(latest.prepare(tree, undefined, noRuleIds, { ...world, answers: new Map() })).not.toBe(first);
    expect(latest.prepare(load(zone), undefined, noRuleIds, world)).not.toBe(first);
  });

  test("lends what did not change to the next one, and a refused one does no harm", () => {
    const latest = new LatestPreparation();
    const first = latest.prepare(load(zone), undefined, noRuleIds, world);
    const refused = latest.prepare(load(zone, "set system time-zone Nowhere/None"), undefined, noRuleIds, world);
    if (!first.ok) throw new Error("not prepared");
    expect(refused.ok).toBe(false);
    const next = latest.prepare(load(zone, "set system host-name fw"), first.prepared, noRuleIds, world);
    expect(next.ok && next.prepared.ir.contexts === first.prepared.ir.contexts).toBe(true);
  });
});
