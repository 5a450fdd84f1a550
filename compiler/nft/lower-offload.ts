// The kernel's fast path, where it has one: established sessions are handed to a flowtable and meet no chain from then
// on. It takes none whose policy says so or asks for checks of sequence numbers, which it does not make, and none whose
// application has an idle time of its own: the kernel gives a session that leaves the flowtable the time of its protocol
// (flow_offload_fixup_ct). Both devices of a session must be fast: where one of them is not, a zone sees its packets, or
// they cross a bridge, for which the kernel knows no route.

import { defaultFlowOptions } from "../flow-options/flow-options.ts";
import { idleTimeRuns } from "../idle-time.ts";
import type { Ir } from "../ir.ts";
import type { NftFlowtable } from "./flowtable.ts";
import type { NftElement, NftRule, NftSet, NftStatement, NftTable } from "./program.ts";
import { ctMark, iifname, inState, number, oifname, rule, text } from "./statements.ts";
import { fastDevicesSet, fastFlowtable, ordinarySet } from "./table-names.ts";

/** Its sets stay over commits, so that the rule that asks them never changes. */
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
  const devices: NftSet = {
    name: fastDevicesSet,
    key: ["ifname"],
    interval: false,
    counter: false,
    elements: fastDevices.map((device) => ({ key: [text(device)] })),
  };
  return {
    table: { flowtables: [flowtable] },
    sets: [ordinary, devices],
    rules: (allowed) => [
      rule(
        inState("established"),
        allowed,
        { kind: "lookup", key: [ctMark], set: ordinarySet, negated: true },
        { kind: "lookup", key: [iifname], set: fastDevicesSet, negated: false },
        { kind: "lookup", key: [oifname], set: fastDevicesSet, negated: false },
        { kind: "instructions", list: [{ op: "offload", flowtable: fastFlowtable }] },
      ),
    ],
  };
}

function ordinaryMarks({ contexts }: Pick<Ir, "contexts">): readonly NftElement[] {
  const elements: NftElement[] = [];
  for (const { rules } of contexts) {
    for (const { id, action, match, offload, tcp } of rules) {
      if (action !== "permit") continue;
      const isOrdinary = offload === false || tcp?.sequenceCheck === true || idleTimeRuns(match).length > 0;
      if (isOrdinary) elements.push({ key: [number(id)] });
    }
  }
  return elements;
}
