// The kernel's fast path, where it has one: established sessions are handed to a flowtable and meet no chain from then
// on. It takes neither those whose policy says so, nor those whose application has an idle time of its own: the kernel
// gives a session that leaves the flowtable the time of its protocol (flow_offload_fixup_ct).

import { defaultFlowOptions } from "../flow-options/flow-options.ts";
import { idleTimeRuns } from "../idle-time.ts";
import type { Ir } from "../ir.ts";
import type { NftFlowtable } from "./flowtable.ts";
import type { NftElement, NftRule, NftSet, NftStatement, NftTable } from "./program.ts";
import { ctMark, inState, number, rule } from "./statements.ts";
import { fastFlowtable, ordinarySet } from "./table-names.ts";

/** Its set stays over commits, so that the rule that asks it never changes. */
export interface Offload {
  readonly table: Pick<NftTable, "flowtables">;
  readonly sets: readonly NftSet[];
  /** For the head of the chain at the hook `forward`; `allowed` holds for sessions that are not revoked. */
  readonly rules: (allowed: NftStatement) => readonly NftRule[];
}

const none: Offload = { table: {}, sets: [], rules: () => [] };

export function lowerOffload(ir: Pick<Ir, "flow" | "contexts" | "fastDevices">): Offload {
  const { fastDevices = [], flow = defaultFlowOptions } = ir;
  if (fastDevices.length === 0 || !flow.offload) return none;
  const flowtable: NftFlowtable = { name: fastFlowtable, priority: 0, devices: fastDevices, counter: true };
  const ordinary: NftSet = {
    name: ordinarySet,
    key: ["mark"],
    interval: false,
    counter: false,
    elements: ordinaryMarks(ir),
  };
  return {
    table: { flowtables: [flowtable] },
    sets: [ordinary],
    rules: (allowed) => [
      rule(
        inState("established"),
        allowed,
        { kind: "lookup", key: [ctMark], set: ordinarySet, negated: true },
        { kind: "instructions", list: [{ op: "offload", flowtable: fastFlowtable }] },
      ),
    ],
  };
}

function ordinaryMarks({ contexts }: Pick<Ir, "contexts">): readonly NftElement[] {
  const elements: NftElement[] = [];
  for (const { rules } of contexts) {
    for (const { id, action, match, offload } of rules) {
      if (action === "permit" && (offload === false || idleTimeRuns(match).length > 0)) {
        elements.push({ key: [number(id)] });
      }
    }
  }
  return elements;
}
