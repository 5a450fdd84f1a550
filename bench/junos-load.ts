// How long the configuration language takes on large configurations: a table of text size against the time of each step.
// Run: `node bench/junos-load.ts [POLICIES…] [--json | --before FILE]` (with the Node of this repository). Figures of a run
// stand in junos/README.md.

import { compareTrees } from "@merlon/junos/compare.ts";
import { completeLine } from "@merlon/junos/complete.ts";
import { editTree } from "@merlon/junos/edit.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { printTree } from "@merlon/junos/print.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { printSetLines } from "@merlon/junos/set-lines.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { readOptions } from "./figures.ts";
import type { Row } from "./figures.ts";
import { generateConfiguration } from "./large-configuration.ts";

function time<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const start = performance.now();
  const result = work();
  return { result, ms: Math.round(performance.now() - start) };
}

function measure(policyCount: number): Row {
  const text = generateConfiguration(policyCount);
  const load = time(() => loadConfiguration(emptyTree, text, { action: "override", source: "bench" }));
  if (load.result.diagnostics.length > 0) throw new Error(load.result.diagnostics[0]?.message);
  const { tree } = load.result;
  const lines = time(() => printSetLines(tree));
  const setText = lines.result.join("\n");
  const set = time(() => loadConfiguration(emptyTree, setText, { action: "set", source: "bench" }));
  const line = "set security policies from-zone web to-zone app policy allow-0 match application junos-http";
  const edit = time(() => editTree(tree, line, { source: "bench" }));
  return {
    policies: policyCount,
    MB: Number((text.length / 1e6).toFixed(1)),
    "load ms": load.ms,
    "print ms": time(() => printTree(tree)).ms,
    "read ms": time(() => readConfiguration(tree)).ms,
    "set lines": lines.result.length,
    "load set ms": set.ms,
    "edit ms": edit.ms,
    "compare ms": time(() => compareTrees(tree, edit.result.tree)).ms,
    "compare all ms": time(() => compareTrees(tree, set.result.tree)).ms,
    "complete ms": time(() => completeLine(tree, "set security policies from-zone web to-zone app policy ")).ms,
  };
}

const { counts, show } = readOptions([1_000, 3_000, 20_000, 22_000]);
show(counts.map(measure));
