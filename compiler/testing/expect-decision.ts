// That a lowered table decides about the first packet of a session as the reference does: the same rule counts it, lets it
// through or refuses it, and stands in its mark.

import { expect } from "vitest";
import { interpret } from "../interpret.ts";
import type { FlowPacket, Ir } from "../ir.ts";
import type { NftTable } from "../nft/program.ts";
import { runTable } from "./run-table.ts";

/** Packets between zones without interfaces are none. */
export function expectDecision(ir: Ir, table: NftTable, packet: FlowPacket): void {
  const entering = ir.interfaces.find(({ zone }) => zone === packet.fromZone);
  const leaving = ir.interfaces.find(({ zone }) => zone === packet.toZone);
  if (entering === undefined || leaving === undefined) return;
  const decision = interpret(ir, packet);
  const expected = decision.kind === "rule" ? decision.rule.id : decision.ruleId;
  const devices = { iifname: entering.device, oifname: leaving.device };
  const outcome = runTable(table, "forward", { ...packet, ...devices, state: "new", ctMark: 0 });
  expect(outcome.counted).toEqual([expected]);
  expect(outcome.verdict).toBe(decision.action === "permit" ? "accept" : "drop");
  expect(outcome.ctMark).toBe(decision.action === "permit" ? expected : 0);
}
