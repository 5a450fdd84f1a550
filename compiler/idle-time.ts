// How long a session may be idle. The policy that permits it decides, by the first of its services that matches, as they
// are written; where that one says nothing, or the policy takes any application, it is the time of the protocol.
// Source of the times: the vendor's "Policy Application Timeout Configuration and Lookup" for release 12.2 and later.

import { termMatches } from "./interpret.ts";
import type { PacketHeader } from "./interpret.ts";
import type { IrMatch, IrRule } from "./ir.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";

export type IdleTime = number | "never";

/** Seconds, where no application says otherwise. The gateway brings them into the kernel's settings at its start. */
export const protocolIdleSeconds = { tcp: 1800, udp: 60, icmp: 60, other: 1800 } as const;

export function protocolIdleTime(protocol: number): number {
  if (protocol === 6) return protocolIdleSeconds.tcp;
  if (protocol === 17) return protocolIdleSeconds.udp;
  return protocol === 1 || protocol === 58 ? protocolIdleSeconds.icmp : protocolIdleSeconds.other;
}

/** What a session gets that begins with this packet and that the rule permits. */
export function idleTimeOf({ match }: Pick<IrRule, "match">, packet: PacketHeader): IdleTime {
  const run = idleTimeRuns(match).find(({ terms }) => terms.some((term) => termMatches(term, packet)));
  return run?.idleTime ?? protocolIdleTime(packet.protocol);
}

/** Services that stand one behind the other and have the same time. */
export interface IdleTimeRun {
  /** Undefined for the time of the protocol. */
  readonly idleTime: IdleTime | undefined;
  readonly terms: readonly ServiceTerm[];
}

/**
 * The services of a match, in order, as far as the last one with a time of its own; nothing when none has any. The
 * kernel can give times of their own to TCP and UDP alone (`keepsIdleTime`).
 */
export function idleTimeRuns(match: IrMatch): readonly IdleTimeRun[] {
  if (match.kind === "nothing" || match.services === "any") return [];
  const runs: { idleTime: IdleTime | undefined; terms: ServiceTerm[] }[] = [];
  for (const term of match.services) {
    const idleTime = keepsIdleTime(term) ? term.inactivityTimeout : undefined;
    const last = runs.at(-1);
    if (last !== undefined && last.idleTime === idleTime) last.terms.push(term);
    else runs.push({ idleTime, terms: [term] });
  }
  if (runs.at(-1)?.idleTime === undefined) runs.pop();
  return runs;
}

export function keepsIdleTime(term: ServiceTerm): boolean {
  return term.kind === "ports" && term.protocol !== 132;
}
