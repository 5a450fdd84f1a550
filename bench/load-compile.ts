// What a large configuration costs from its text to the rules of the compiler: time and memory of loading, inheritance,
// validation and compilation, each size in a process of its own without a heap limit. Run: `node bench/load-compile.ts
// [POLICIES…] [--json | --before FILE]` (with the Node of this repository). Figures of a run stand in junos/README.md.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "@merlon/compiler/compile.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { readOptions } from "./figures.ts";
import type { Row } from "./figures.ts";
import { generateConfiguration } from "./large-configuration.ts";

/** The environment variable that names the file for a process that measures. */
const fileVariable = "MERLON_BENCH_FILE";

/** Everything with the text of one file; every result is kept, as a gateway keeps it. */
function measure(text: string): Row {
  const times: Record<string, number> = {};
  const step = <T extends { readonly diagnostics: readonly Diagnostic[] }>(name: string, work: () => T): T => {
    const start = performance.now();
    const result = work();
    times[`${name} ms`] = Math.round(performance.now() - start);
    if (hasErrors(result.diagnostics)) throw new Error(result.diagnostics[0]?.message);
    return result;
  };
  const start = performance.now();
  const loaded = step("load", () => loadConfiguration(emptyTree, text, { action: "override", source: "bench" }));
  const inherited = step("inherit", () => inherit(loaded.tree));
  const read = step("read", () => readConfiguration(inherited.tree));
  const compiled = step("compile", () => compile(read.configuration, { ruleIds: noRuleIds }));
  times["all ms"] = Math.round(performance.now() - start);
  times["peak MB"] = Math.round(process.resourceUsage().maxRSS / 1000);
  globalThis.gc?.();
  times["live MB"] = Math.round(process.memoryUsage().heapUsed / 1e6);
  if (compiled.ir.contexts.length === 0 || loaded.tree.children.size === 0) throw new Error("nothing was compiled");
  return times;
}

function measureApart(policyCount: number): Row {
  const folder = mkdtempSync(join(tmpdir(), "merlon-bench-"));
  try {
    const file = join(folder, "large.conf");
    const text = generateConfiguration(policyCount);
    writeFileSync(file, text);
    const env = { ...process.env, [fileVariable]: file };
    const output = execFileSync(process.execPath, ["--expose-gc", import.meta.filename], { env, encoding: "utf8" });
    return { policies: policyCount, MB: Number((text.length / 1e6).toFixed(1)), ...(JSON.parse(output) as Row) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const file = process.env[fileVariable];
if (file === undefined) {
  const { counts, show } = readOptions([10_000, 100_000]);
  show(counts.map(measureApart));
} else console.log(JSON.stringify(measure(readFileSync(file, "utf8"))));
