// The numbers that the very first configuration gives to its rules. The kernel may hold sessions with marks that nobody here
// remembers: of a gateway whose state is gone, or of other software. None of them may be taken for a session of a new rule, so
// numbering begins behind them, and they are ended as sessions that no rule permits.

import { firstPolicyRuleId } from "@merlon/compiler/ir.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import type { RuleIdTable } from "@merlon/compiler/rule-ids.ts";
import type { Kernel } from "../kernel/kernel.ts";

/** Half of all numbers: larger ones are not ours, and no configuration comes to them. */
const ourIdMax = 2 ** 23;

export async function firstRuleIds(kernel: Pick<Kernel, "dumpSessions">): Promise<RuleIdTable> {
  let last = firstPolicyRuleId - 1;
  for await (const sessions of kernel.dumpSessions()) {
    for (const { mark } of sessions) {
      const id = mark & 0xff_ffff;
      if (id > last && id <= ourIdMax) last = id;
    }
  }
  if (last < firstPolicyRuleId) return noRuleIds;
  return { next: last + 1, ids: {}, freed: [[firstPolicyRuleId, last]] };
}
