// The words of the original for why a session ended. What the session itself showed comes first: one that both sides
// have closed has ended by that, also when somebody takes it out of the table a moment later.

import type { KernelSession } from "../kernel/kernel.ts";
import type { SessionEndings } from "./session-endings.ts";

/** The policy is not there any more. */
export const policyDeleted = "policy deleted";
/** The policy permits no more, or another one meets the session now and does not. */
export const policyChanged = "policy changed";
/** The rule that translated its addresses is gone or another one. */
export const translationChanged = "NAT rule changed";
/** It stands between other zones since an interface, an address or a route changed. */
export const zoneChanged = "zone changed";
/** Somebody typed `clear security flow session`. */
export const clearedByCommand = "CLI";

export function closeReason(session: KernelSession, endings: SessionEndings): string {
  switch (session.tcpState) {
    case "CLOSE":
      return "TCP RST";
    case "TIME_WAIT":
    case "LAST_ACK":
      return "TCP FIN";
    default:
      // A session that one side alone has closed waits for the other, and ends by itself when that says nothing more.
      return endings.reasonOf(session) ?? "idle Timeout";
  }
}
