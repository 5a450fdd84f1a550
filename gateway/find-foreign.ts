// Looks now for what others on this host do beside Merlon.

import { foreignFindings } from "./foreign-findings.ts";
import type { ForeignFinding } from "./foreign-findings.ts";
import type { Gateway } from "./gateway.ts";

/** Throws `KernelFailure`. */
export async function findForeign({ kernel, running }: Gateway): Promise<readonly ForeignFinding[]> {
  const rules = await kernel.readForeignRules();
  if (running === undefined) return foreignFindings(rules);
  const { links } = await kernel.readNetwork();
  return foreignFindings(rules, { links, zoned: new Set(running.prepared.ir.interfaces.map(({ device }) => device)) });
}
