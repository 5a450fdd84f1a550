// One line in place of the warnings about a configuration, for a command that is asked about the same file again and again: all
// of them are those of `config check`. Beside an error they are all reported.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Call, World } from "./command.ts";
import { sourceName } from "./load-file.ts";

/** `work` answers undefined after an error. */
export async function withWarningsCounted<T>(
  file: string,
  call: Call,
  world: World,
  work: (counting: World) => Promise<T | undefined>,
): Promise<T | undefined> {
  const json = call.switches.has("json");
  const found: Diagnostic[] = [];
  const result = await work({ ...world, report: (diagnostics) => void found.push(...diagnostics) });
  if (result === undefined || found.length === 0) world.report(found, { json });
  else world.report([countOf(found.length, file)], { json });
  return result;
}

function countOf(count: number, file: string): Diagnostic {
  return {
    code: "match.warnings",
    severity: "warning",
    path: [],
    message: `a commit of ${sourceName(file)} would say ${count} ${count === 1 ? "warning" : "warnings"}`,
    hint: `merlon config check ${file} prints ${count === 1 ? "it" : "them"}`,
  };
}
