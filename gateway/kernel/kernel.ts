// The only door to the Linux kernel. Everything above it speaks in these terms; behind it stand the real kernel
// (`linux-kernel.ts`) and a fake for tests (`fake-kernel.ts`), which pass the same contract suite.

import type { NftCommand, NftTable } from "@merlon/compiler/nft/program.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";

export interface Kernel {
  /** What this kernel can do, found out by trying, never by its version. */
  probe(): Promise<Capabilities>;

  /** Our table as the kernel has it now; undefined when there is none. Throws `KernelFailure`. */
  readTable(): Promise<NftTable | undefined>;
  /** Packets and bytes that hit each element of a counting set since it was added, keyed by the mark that is its key. */
  readHits(set: string): Promise<ReadonlyMap<number, HitCount>>;
  /**
   * All commands or none. Throws `KernelFailure` with the kernel's words; then nothing has changed. With `planned`, a table
   * that `readTable` gave, it also throws when somebody has changed our table since.
   */
  applyTransaction(commands: readonly NftCommand[], planned?: NftTable): Promise<void>;

  readNetwork(): Promise<KernelNetwork>;
  /** Carries the steps out in order; throws `KernelFailure` at the first that fails and names it. */
  applyNetwork(steps: readonly NetworkStep[]): Promise<void>;

  /** A value below /proc/sys such as `net.ipv4.ip_forward`; undefined when there is no such file. */
  readSysctl(name: string): Promise<string | undefined>;
  writeSysctl(name: string, value: string): Promise<void>;

  /** Sessions in the connection table, in batches so that a large table never stands in memory as a whole. */
  dumpSessions(): AsyncIterable<readonly KernelSession[]>;
  /** Ends every session whose mark (low 24 bits) is one of these; answers how many there were. */
  endSessions(marks: ReadonlySet<number>): Promise<number>;
  /**
   * Asks about every session: `end` it, give its mark another rule id (the upper eight bits stay), or leave it alone.
   * A session that came or went meanwhile may be left out; it met the rules that are in force.
   */
  reviewSessions(decide: (session: KernelSession) => SessionVerdict | undefined): Promise<SessionReview>;
  /**
   * Reports what happens until disposed. Losses are reported as events, never silent. One watch at a time in a network
   * namespace; throws `KernelFailure` when somebody watches already.
   */
  watch(listener: (event: KernelEvent) => void): Promise<Disposable>;
}

export type SessionVerdict = { readonly kind: "end" } | { readonly kind: "remark"; readonly ruleId: number };

/** How many sessions a review has ended and given another mark. */
export interface SessionReview {
  readonly endedCount: number;
  readonly remarkedCount: number;
}

/** The kernel or a program that speaks to it refused or failed. `message` is fit for an operator. */
export class KernelFailure extends Error {
  override readonly name = "KernelFailure";
  /** The command that failed and what it printed, for the log. */
  readonly detail: string;

  constructor(message: string, detail: string, options?: ErrorOptions) {
    super(message, options);
    this.detail = detail;
  }
}

/** Why a transaction is refused that was planned for another table. */
export const changedSince = "somebody else has changed table inet merlon since it was read";

export interface HitCount {
  readonly packets: number;
  readonly bytes: number;
}

/** One thing that the product would like to use, and whether it is there. */
export interface Capability {
  readonly name: string;
  readonly available: boolean;
  /** What its absence means, or what was found. */
  readonly note: string;
}

export type Capabilities = readonly Capability[];

export interface KernelNetwork {
  readonly links: readonly KernelLink[];
  /** Routes of the main table that carry our protocol number (`ourRouteProtocol`). */
  readonly routes: readonly KernelRoute[];
}

/** The bits of a connection mark that hold the rule id. */
export const sessionMarkMask = 0xff_ffff;

/** Routes of ours are recognised by this number in their `protocol` field (rtnetlink(7); values over 15 are free). */
export const ourRouteProtocol = 77;

export interface KernelLink {
  readonly index: number;
  readonly device: string;
  /** IFF_UP: the administrative state. */
  readonly up: boolean;
  /** IFF_LOWER_UP: there is a carrier. */
  readonly carrier: boolean;
  readonly mtu: number;
  readonly macAddress: string;
  /** The bridge or bond that the device is a port of. */
  readonly master?: string;
  readonly addresses: readonly IpPrefix[];
  readonly statistics: {
    readonly receivedPackets: number;
    readonly receivedBytes: number;
    readonly sentPackets: number;
    readonly sentBytes: number;
  };
}

export interface KernelRoute {
  readonly destination: IpPrefix;
  readonly nextHops: readonly IpAddress[] | "discard" | "reject";
  readonly metric: number;
}

export type NetworkStep =
  | { readonly kind: "set-link"; readonly device: string; readonly up?: boolean; readonly mtu?: number }
  | { readonly kind: "add-address"; readonly device: string; readonly address: IpPrefix }
  | { readonly kind: "delete-address"; readonly device: string; readonly address: IpPrefix }
  | { readonly kind: "add-route"; readonly route: KernelRoute }
  | { readonly kind: "delete-route"; readonly route: KernelRoute };

/** One direction of a session. Ports are absent for protocols without them; ICMP carries its identifier and type. */
export interface KernelTuple {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly icmpId?: number;
}

export interface KernelSession {
  /** The connection's id in the kernel (CTA_ID); with its tuple it is unique while the session lives. */
  readonly id: number;
  readonly original: KernelTuple;
  /** As it would come back: shows NAT. */
  readonly reply: KernelTuple;
  /** The whole connection mark; the low 24 bits are the rule id. */
  readonly mark: number;
  /** Absent where the kernel does not count (nf_conntrack_acct). */
  readonly packetsOriginal?: number;
  readonly bytesOriginal?: number;
  readonly packetsReply?: number;
  readonly bytesReply?: number;
  /** Seconds until the session ends when nothing more comes. */
  readonly timeoutSeconds?: number;
  /** Nanoseconds since 1970 (nf_conntrack_timestamp). */
  readonly startedNs?: bigint;
  readonly endedNs?: bigint;
  /** TCP state by its kernel name without `TCP_CONNTRACK_`: `ESTABLISHED`, `TIME_WAIT`, `CLOSE`. */
  readonly tcpState?: string;
}

export type KernelEvent =
  | { readonly kind: "session-opened"; readonly session: KernelSession }
  | { readonly kind: "session-closed"; readonly session: KernelSession }
  | { readonly kind: "packet-logged"; readonly packet: LoggedPacket }
  /** A link, address or route changed; ask `readNetwork` what there is now. */
  | { readonly kind: "network-changed" }
  /** Somebody changed nftables rules (our own commits included). */
  | { readonly kind: "ruleset-changed" }
  /** Events that the kernel could not deliver: an exact count, or undefined when it does not say. */
  | { readonly kind: "events-lost"; readonly source: "sessions" | "packets"; readonly count: number | undefined };

/** A packet that a log rule copied to us. */
export interface LoggedPacket {
  /** The rule id that the log rule put into the packet mark. */
  readonly mark: number;
  readonly prefix: string;
  readonly inDevice?: string;
  readonly outDevice?: string;
  readonly tuple: KernelTuple;
  /** The length in the IP header, bytes. */
  readonly length: number;
}
