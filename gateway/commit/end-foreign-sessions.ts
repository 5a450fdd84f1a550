// At a start: sessions that no rule in force permits belong to a policy that is gone.

import { firstPolicyRuleId } from "@merlon/compiler/ir.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { permittedRules } from "./revocation.ts";

export async function endForeignSessions(kernel: Kernel, ir: Ir): Promise<void> {
  const permitted = permittedRules(ir);
  const foreign = new Set<number>();
  for await (const sessions of kernel.dumpSessions()) {
    for (const { mark } of sessions) {
      const id = mark & 0xff_ffff;
      if (id >= firstPolicyRuleId && !permitted.has(id)) foreign.add(id);
    }
  }
  if (foreign.size > 0) await kernel.endSessions(foreign);
}
