// A file, or standard input, as a configuration tree: whatever its form. What is wrong with it is reported here, and then
// there is no tree, because half a configuration would be answered for as if it were whole.

import { loadForm } from "@merlon/junos/form.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Call, World } from "./command.ts";

/** Undefined after an error. */
export async function loadFile(name: string, call: Call, world: World): Promise<ConfigNode | undefined> {
  const text = await world.read(name);
  const keepUnknown = call.switches.has("keep-unknown");
  const { tree, diagnostics } = loadForm(text, { source: sourceName(name), ...(keepUnknown ? { keepUnknown } : {}) });
  world.report(diagnostics, { json: call.switches.has("json") });
  return hasErrors(diagnostics) ? undefined : tree;
}

/** How a file is called in diagnostics. */
export function sourceName(name: string): string {
  return name === "-" ? "<stdin>" : name;
}
