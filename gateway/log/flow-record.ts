// What the gateway says about one session: it began, it ended, it was refused. Made from kernel events by
// `flow-log.ts`, rendered as structured syslog (RFC 5424) or JSON; zones and policy are names, never numbers.

import type { PolicyName } from "@merlon/compiler/ir.ts";
import type { SessionNat } from "./session-nat.ts";

export interface FlowRecord {
  readonly kind: "session-create" | "session-close" | "session-deny";
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** The kernel's id of the session; 0 for a refused one, which never becomes a session. */
  readonly sessionId: number;
  readonly fromZone: string;
  readonly toZone: string;
  readonly policy: PolicyName;
  /** Denied by policy, rejected by policy, idle timeout, TCP FIN, TCP RST …; absent on create. */
  readonly reason?: string;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** Absent where nothing is translated. */
  readonly nat?: SessionNat;
  /** IP protocol number. */
  readonly protocol: number;
  /** ICMP type, on refused ICMP packets. */
  readonly icmpType?: number;
  /** The application's name by protocol and port (`junos-http`), or `None`. */
  readonly service: string;
  /** The interface that the first packet came in by, where it is known. */
  readonly inInterface?: string;
  readonly packetsFromClient?: number;
  readonly bytesFromClient?: number;
  readonly packetsFromServer?: number;
  readonly bytesFromServer?: number;
  /** Whole seconds. */
  readonly elapsedSeconds?: number;
}
