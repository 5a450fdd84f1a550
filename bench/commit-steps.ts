// What each step of preparing a commit costs, the first time and for changes of one policy on top of it: everything above
// the kernel, in the order in which the gateway does it. One row per step, one column per change (ms).

import { noAnswers, withAnswers } from "@merlon/compiler/address-members.ts";
import { compile } from "@merlon/compiler/compile.ts";
import type { Compilation } from "@merlon/compiler/compile.ts";
import { noDynamicMembers, withDynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import { withFastDevices } from "@merlon/compiler/flow-options/fast-devices.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { applyChange } from "@merlon/gateway/candidate/candidate-change.ts";
import { planSessionReview } from "@merlon/gateway/commit/plan-session-review.ts";
import { revokedByChange } from "@merlon/gateway/commit/revocation.ts";
import { sealSecrets } from "@merlon/gateway/access/seal-secrets.ts";
import { RuleBook } from "@merlon/gateway/log/rule-book.ts";
import { ServiceNames } from "@merlon/gateway/log/service-names.ts";
import { encodeRevision } from "@merlon/gateway/store/revision.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { printTree } from "@merlon/junos/print.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { sameTree } from "@merlon/junos/same-tree.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Row } from "./figures.ts";

/** A change of one policy that stands there, as lines of the configuration mode without `set`. */
interface Policy {
  /** `security policies from-zone a to-zone b`. */
  readonly pair: string;
  readonly name: string;
}

const changes: readonly (readonly [name: string, lines: (policy: Policy) => readonly string[]])[] = [
  ["description", ({ pair, name }) => [`set ${pair} policy ${name} description changed`]],
  ["log", ({ pair, name }) => [`set ${pair} policy ${name} then log session-init`]],
  ["application", ({ pair, name }) => [`set ${pair} policy ${name} match application junos-ftp`]],
  [
    "new, with address",
    ({ pair, name }) => [
      "set security address-book global address fresh 192.0.2.1/32",
      `copy ${pair} policy ${name} to policy fresh`,
      `set ${pair} policy fresh match source-address fresh`,
    ],
  ],
  ["gone", ({ pair }) => [`delete ${pair} policy fresh`]],
];

/** What is kept of a commit until the next one. */
interface Committed {
  readonly tree: ConfigNode;
  readonly compilation: Compilation | undefined;
  readonly ir: Ir | undefined;
  readonly book: RuleBook;
}

type Clock = <T>(step: string, work: () => T) => T;

/** `name` tells configurations of one size apart. */
export function measureSteps(name: string, text: string): readonly Row[] {
  const rows = new Map<string, Record<string, number>>();
  const clockOf = (column: string): Clock => {
    // Once for each change: a collection of a gigabyte takes longer than the step that it would be fair to.
    globalThis.gc?.();
    return (step, work) => {
      const from = performance.now();
      const result = work();
      const row = rows.get(step) ?? {};
      rows.set(step, { ...row, [column]: Math.round((performance.now() - from) * 10) / 10 });
      return result;
    };
  };
  const loaded = loadConfiguration(emptyTree, text, { action: "override", source: "bench" });
  const nothing = { tree: emptyTree, compilation: undefined, ir: undefined, book: new RuleBook() };
  let committed = commit(loaded.tree, nothing, clockOf("first"));
  for (const [change, lines] of changes) {
    const clock = clockOf(change);
    const policy = somePolicy(committed.tree);
    const edited = clock("edit", () =>
      lines(policy).reduce((tree, line) => {
        const { tree: next, diagnostics } = applyChange(tree, { kind: "edit", line });
        if (hasErrors(diagnostics)) throw new Error(diagnostics[0]?.message);
        return next;
      }, committed.tree),
    );
    const before = committed.tree;
    committed = commit(
      clock("seal secrets", () => sealSecrets(before, edited, (password) => password)),
      committed,
      clock,
    );
  }
  const steps = [...rows].map(([step, times]) => ({ step: `${name}: ${step}`, ...times }));
  return [...steps, { step: `${name}: together`, ...totals([...rows.values()]) }];
}

function commit(tree: ConfigNode, { tree: old, compilation: before, ir: oldIr, book }: Committed, clock: Clock) {
  clock("same tree", () => sameTree(old, tree));
  const inherited = clock("inherit", () => inherit(tree));
  const read = clock("read", () => readConfiguration(inherited.tree));
  const compilation = clock("compile", () =>
    compile(read.configuration, { ruleIds: before?.ruleIds ?? noRuleIds, before }),
  );
  const found = [...inherited.diagnostics, ...read.diagnostics, ...compilation.diagnostics];
  if (hasErrors(found)) throw new Error(found[0]?.message);
  const ir = clock("names, members, devices", () =>
    withFastDevices(withDynamicMembers(withAnswers(compilation.ir, noAnswers), noDynamicMembers), new Set()),
  );
  const configuration = clock("print", () => printTree(tree));
  const { ruleIds } = compilation;
  clock("write as revision", () =>
    encodeRevision({ number: 1, atMs: 0, user: "ana", via: "cli", configuration, ruleIds }),
  );
  if (oldIr !== undefined) clock("revoked", () => revokedByChange(oldIr, ir));
  if (oldIr !== undefined) clock("session review", () => planSessionReview(oldIr, ir));
  clock("rule book", () => book.replace(ir));
  clock("service names", () => new ServiceNames(read.configuration));
  return { tree, compilation, ir, book };
}

/** One in the middle of the first pair of zones. */
function somePolicy(tree: ConfigNode): Policy {
  const policies = tree.children.get("security")?.children.get("policies");
  const [pair] = policies?.children.values() ?? [];
  const all = [...(pair?.children.values() ?? [])];
  const [from, to] = pair?.keys ?? [];
  const name = all[Math.floor(all.length / 2)]?.keys[0];
  if (from === undefined || to === undefined || name === undefined) throw new Error("there is no policy to change");
  return { pair: `security policies from-zone ${from} to-zone ${to}`, name };
}

function totals(rows: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of rows) for (const [column, ms] of Object.entries(row)) sums[column] = (sums[column] ?? 0) + ms;
  return Object.fromEntries(Object.entries(sums).map(([column, ms]) => [column, Math.round(ms)]));
}
