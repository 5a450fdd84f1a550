// From a rule set to what gateways load: Merlon's own way from the text, step by step as a commit goes it, with the time
// of each step.

import { compile } from "@merlon/compiler/compile.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { RuleSet } from "./rule-set.ts";
import { ruleSetText } from "./rule-set-text.ts";
import type { LoadedPolicy } from "./subject.ts";

export interface PreparedPolicy extends LoadedPolicy {
  /** Milliseconds of reading the text, of checking it, and of compiling it. */
  readonly timesMs: { readonly load: number; readonly read: number; readonly compile: number };
}

/** Throws when the configuration has errors: the generator and the language disagree. */
export function preparePolicy(ruleSet: RuleSet, text: string = ruleSetText(ruleSet)): PreparedPolicy {
  const load = timed(() => loadText(text));
  const read = timed(() => readConfiguration(load.result.tree));
  refuseErrors(read.result.diagnostics);
  const compiled = timed(() => compile(read.result.configuration, { ruleIds: noRuleIds }));
  refuseErrors(compiled.result.diagnostics);
  const timesMs = { load: load.ms, read: read.ms, compile: compiled.ms };
  return { ruleSet, text, ir: compiled.result.ir, timesMs };
}

/** Throws when the text has errors. */
export function loadText(text: string) {
  const loaded = loadConfiguration(emptyTree, text, { action: "override", source: "bench" });
  refuseErrors(loaded.diagnostics);
  return loaded;
}

function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  if (!hasErrors(diagnostics)) return;
  const { message, path } = diagnostics.find(({ severity }) => severity === "error") ?? { message: "", path: [] };
  throw new Error(`the generated configuration is wrong at ${path.join(" ")}: ${message}`);
}

function timed<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const startMs = performance.now();
  const result = work();
  return { result, ms: performance.now() - startMs };
}
