// What a gateway would enforce of a configuration: the same steps that its commit takes, up to the kernel.

import { compile } from "@merlon/compiler/compile.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Call, World } from "./command.ts";
import { loadFile } from "./load-file.ts";

export interface Enforced {
  /** Undefined when a commit would refuse the configuration. */
  readonly ir: Ir | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export function enforce(tree: ConfigNode): Enforced {
  const inherited = inherit(tree);
  const read = readConfiguration(inherited.tree);
  const found = [...inherited.diagnostics, ...read.diagnostics];
  if (hasErrors(found)) return { ir: undefined, diagnostics: found };
  const compiled = compile(read.configuration, { ruleIds: noRuleIds });
  const diagnostics = [...found, ...compiled.diagnostics];
  return { ir: hasErrors(diagnostics) ? undefined : compiled.ir, diagnostics };
}

/** The IR of a file; undefined, with the errors reported, when a commit would refuse it. */
export async function enforceFile(name: string, call: Call, world: World): Promise<Ir | undefined> {
  const tree = await loadFile(name, call, world);
  if (tree === undefined) return undefined;
  const { ir, diagnostics } = enforce(tree);
  world.report(diagnostics, { json: call.switches.has("json") });
  return ir;
}
