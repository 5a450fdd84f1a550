// From a configuration tree to everything that a commit needs: the typed configuration, the IR, rule ids and all
// diagnostics. Pure in effect: the same tree and ids always give the same result.

import { compile } from "@merlon/compiler/compile.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import type { RuleIdTable } from "@merlon/compiler/rule-ids.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";

/** A configuration that passed every check and could be enforced. */
export interface Prepared {
  readonly tree: ConfigNode;
  readonly configuration: Configuration;
  readonly ir: Ir;
  readonly ruleIds: RuleIdTable;
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

export type Preparation =
  | { readonly ok: true; readonly prepared: Prepared }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** `ruleIds` are those of the configuration in force, so that policies which stay keep their ids. */
export function prepare(tree: ConfigNode, ruleIds: RuleIdTable): Preparation {
  const read = readConfiguration(tree);
  if (hasErrors(read.diagnostics)) return { ok: false, diagnostics: read.diagnostics };
  const compiled = compile(read.configuration, { ruleIds });
  const diagnostics = [...read.diagnostics, ...compiled.diagnostics];
  if (hasErrors(diagnostics)) return { ok: false, diagnostics };
  const { configuration } = read;
  return { ok: true, prepared: { tree, configuration, ir: compiled.ir, ruleIds: compiled.ruleIds, diagnostics } };
}
