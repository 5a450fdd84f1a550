// How one session is translated: both ends as the other side sees them, and the rules that made them so.

import { formatIp } from "@merlon/model/ip/address.ts";
import type { KernelSession } from "../kernel/kernel.ts";
import type { NatRuleName } from "./nat-book.ts";

export interface SessionNat {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** Absent where that end is not translated, or nobody knows by which rule. */
  readonly sourceRule?: NatRuleName;
  readonly destinationRule?: NatRuleName;
}

/** What comes back shows the translated ends. For ICMP the ports are as in flow records. */
export function natOf(
  { original, reply }: KernelSession,
  destinationRule: NatRuleName | undefined,
  sourceRule: NatRuleName | undefined,
): SessionNat {
  const icmp = ((original.icmpType ?? 0) << 8) + (original.icmpCode ?? 0);
  return {
    source: formatIp(reply.destination),
    sourcePort: reply.destinationPort ?? reply.icmpId ?? 0,
    destination: formatIp(reply.source),
    destinationPort: reply.sourcePort ?? icmp,
    ...(sourceRule === undefined ? {} : { sourceRule }),
    ...(destinationRule === undefined ? {} : { destinationRule }),
  };
}
