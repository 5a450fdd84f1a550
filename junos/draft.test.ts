// What a draft promises: nothing published changes, what is not touched is shared, each node is copied once, and the
// finished tree is in order.

import { describe, expect, test } from "vitest";
import { cloneNode, Draft } from "./draft.ts";
import { loadConfiguration } from "./load.ts";
import { Report } from "./report.ts";
import { asWords, resolve } from "./resolve.ts";
import type { Step } from "./resolve.ts";
import { isHolder, rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { printSetLines } from "./set-lines.ts";
import { childId, emptyTree, nodeAt } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const nowhere = { source: "test", line: 1, column: 1, endLine: 1, endColumn: 1 };

function stepsOf(line: string): Step[] {
  const scope = { schema: rootSchema, list: undefined, path: [] };
  return resolve(scope, asWords(line.split(" "), nowhere), "write", new Report()) ?? [];
}

/** Sets one statement, the way that commands do. */
function put(draft: Draft, line: string): void {
  let node = draft.root;
  for (const step of stepsOf(line)) {
    const { schema } = step;
    if (!isHolder(schema)) draft.assign(node, step);
    else node = draft.enter(node, { ...step, schema });
  }
}

function tree(lines: string): ConfigNode {
  return loadConfiguration(emptyTree, lines, { action: "set", source: "test" }).tree;
}

const base = tree(
  "set system host-name a\nset security zones security-zone x tcp-rst\nset security zones security-zone y",
);
const zones = ["security", "zones"];

function zonesSchema(): Holder {
  const last = stepsOf("security zones").at(-1)?.schema;
  if (last === undefined || !isHolder(last)) throw new Error("zones have statements");
  return last;
}

describe("sharing", () => {
  test("an empty draft gives an equal tree that shares everything below", () => {
    const after = new Draft(base, rootSchema).finish();
    expect(after).toEqual(base);
    for (const [id, child] of base.children) expect(after.children.get(id)).toBe(child);
  });

  test("a change copies its path alone", () => {
    const draft = new Draft(base, rootSchema);
    put(draft, "security zones security-zone y description d");
    const after = draft.finish();
    expect(after.children.get("system")).toBe(base.children.get("system"));
    const x = [...zones, childId("security-zone", ["x"])];
    expect(nodeAt(after, x)).toBe(nodeAt(base, x));
    expect(nodeAt(after, zones)).not.toBe(nodeAt(base, zones));
    expect(printSetLines(base)).not.toContain("set security zones security-zone y description d");
  });

  test("each node is copied once", () => {
    const draft = new Draft(base, rootSchema);
    put(draft, "security zones security-zone y description d");
    const first = nodeAt(draft.root, zones);
    put(draft, "security zones security-zone z");
    put(draft, "security zones security-zone y description e");
    expect(nodeAt(draft.root, zones)).toBe(first);
  });

  test("a clone shares no node that can change", () => {
    const zone = nodeAt(base, zones) ?? emptyTree;
    const copy = cloneNode(zone, zonesSchema());
    expect(copy).toEqual(zone);
    expect(copy.children).not.toBe(zone.children);
    expect([...copy.children.values()][0]).not.toBe([...zone.children.values()][0]);
  });
});

describe("order", () => {
  test("children come into the schema's order whatever the order of writing", () => {
    const draft = new Draft(emptyTree, rootSchema);
    for (const line of ["applications application a", "interfaces eth10", "interfaces eth9", "system host-name x"])
      put(draft, line);
    expect(printSetLines(draft.finish())).toEqual([
      "set system host-name x",
      "set interfaces eth9",
      "set interfaces eth10",
      "set applications application a",
    ]);
  });

  test("moves of one parent count in their order", () => {
    const draft = new Draft(
      tree(
        "set security zones security-zone a\nset security zones security-zone b\nset security zones security-zone c",
      ),
      rootSchema,
    );
    const security = draft.own(draft.root, "security", rootSchema);
    const parent = security === undefined ? undefined : draft.own(security, "zones", zonesSchema());
    if (parent === undefined) throw new Error("the zones are there");
    const id = (name: string): string => childId("security-zone", [name]);
    draft.move(parent, id("c"), "before", id("a"));
    draft.move(parent, id("a"), "after", id("b"));
    draft.remove(parent, id("b"));
    expect(printSetLines(draft.finish())).toEqual([
      "set security zones security-zone c",
      "set security zones security-zone a",
    ]);
  });
});

describe("what a finished tree does not hold", () => {
  test("containers that became empty, up to the top", () => {
    const draft = new Draft(base, rootSchema);
    const system = draft.own(draft.root, "system", rootSchema);
    if (system !== undefined) draft.remove(system, "host-name");
    expect(draft.finish().children.has("system")).toBe(false);
  });

  test("containers that were entered for nothing", () => {
    const draft = new Draft(emptyTree, rootSchema);
    put(draft, "security policies global");
    expect(draft.finish().children.size).toBe(0);
  });

  test("rivals of a choice", () => {
    const draft = new Draft(emptyTree, rootSchema);
    const policy = "security policies global policy p then";
    for (const action of ["permit", "count", "reject", "deny"]) put(draft, `${policy} ${action}`);
    expect(printSetLines(draft.finish())).toEqual([`set ${policy} deny`, `set ${policy} count`]);
  });

  test("a value twice, however many there are", () => {
    const draft = new Draft(emptyTree, rootSchema);
    const match = "security policies global policy p match application";
    for (let round = 0; round < 2; round++) for (let at = 0; at < 100; at++) put(draft, `${match} a${at}`);
    const { values } =
      nodeAt(draft.finish(), ["security", "policies", "global", childId("policy", ["p"]), "match", "application"]) ??
      emptyTree;
    expect(values).toHaveLength(100);
  });
});
