// Recorded changes played again: one by one or together, the result is the same.

import fc from "fast-check";
import { expect, test } from "vitest";
import { printTree } from "@merlon/junos/print.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { applyChange, replayChanges } from "./candidate-change.ts";
import type { CandidateChange } from "./candidate-change.ts";

const edit = (line: string, at?: readonly string[]): CandidateChange => ({
  kind: "edit",
  line,
  ...(at === undefined ? {} : { at }),
});
const load = (action: "merge" | "override", text: string): CandidateChange => ({
  kind: "load",
  action,
  text,
  source: "test",
});

test("a change with errors changes nothing", () => {
  const { tree } = applyChange(emptyTree, edit("set system host-name one"));
  for (const change of [edit("set system host-nmae two"), load("merge", "system { host-name two; }\nnonsense;")]) {
    const { tree: after, diagnostics } = applyChange(tree, change);
    expect(after).toBe(tree);
    expect(diagnostics).toMatchObject([{ severity: "error" }]);
  }
});

test("an operator's override does not change what is protected, and a rollback does", () => {
  const { tree } = applyChange(emptyTree, load("merge", "protect: system { host-name one; }"));
  const refused = applyChange(tree, {
    ...load("override", "system { host-name two; }"),
    guarded: true,
  } as CandidateChange);
  expect(refused.diagnostics).toMatchObject([{ code: "edit.protected" }]);
  expect(refused.tree).toBe(tree);
  expect(applyChange(tree, load("override", "system { host-name two; }")).diagnostics).toEqual([]);
});

test("a recorded change that is not accepted any more is left out, the others stand", () => {
  const { tree, errors } = replayChanges(emptyTree, [
    edit("set system host-name one"),
    edit("set nonsense"),
    edit("set system domain-name example.net"),
    load("merge", "nonsense;"),
    edit("set description here", ["security", "zones", "security-zone", "z"]),
    edit("rename security zones security-zone none to security-zone z2"),
  ]);
  expect(errors).toHaveLength(3);
  const text = printTree(tree);
  for (const kept of ["host-name one;", "domain-name example.net;", "description here;"]) expect(text).toContain(kept);
});

const name = fc.constantFrom("a", "b", "c");
const change: fc.Arbitrary<CandidateChange> = fc.oneof(
  name.map((it) => edit(`set system host-name ${it}`)),
  name.map((it) => edit(`set security zones security-zone ${it} description x`)),
  name.map((it) => edit(`delete security zones security-zone ${it}`)),
  fc.tuple(name, name).map(([a, b]) => edit(`rename security zones security-zone ${a} to security-zone ${b}`)),
  name.map((it) => edit(`deactivate security zones security-zone ${it}`)),
  name.map((it) => edit(`set security-zone ${it}`, ["security", "zones"])),
  name.map((it) => edit(`set nonsense ${it}`)),
  name.map((it) => load("merge", `security { zones { security-zone ${it}; } }`)),
  name.map((it) => load("override", `system { host-name ${it}; }`)),
);

test("law: replaying is applying one by one", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const one = changes.reduce((tree, it) => applyChange(tree, it).tree, emptyTree);
      expect(printTree(replayChanges(emptyTree, changes).tree)).toBe(printTree(one));
    }),
    { numRuns: 300 },
  );
});
