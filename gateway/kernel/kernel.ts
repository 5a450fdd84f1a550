// The only door to the Linux kernel. Everything above it speaks in these terms; behind it stand the real kernel
// (`linux-kernel.ts`) and a fake for tests (`fake-kernel.ts`), which pass the same contract suite.

import type { ElementChange } from "@merlon/compiler/nft/dynamic-sets.ts";
import type { NftCommand, NftSet, NftTable, NftValue } from "@merlon/compiler/nft/program.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { EchoOptions, EchoSocket } from "./echo.ts";
import type { ForeignRules } from "./foreign-rules.ts";
import type { HostFilesystem, HostProcess, HostState } from "./host.ts";

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

  /** Elements of sets go and come in one transaction, and exactly these are read back. Throws `KernelFailure`. */
  changeElements(changes: readonly ElementChange[]): Promise<RulesetStep>;
  /** What rules have left in a set that they fill; nothing where there is no such set. */
  readFilled(set: NftSet): Promise<readonly FilledElement[]>;
  /**
   * Elements of such sets go and come, with a time of their own, in one transaction. Throws `KernelFailure` when one that
   * shall go is not there any more; then nothing has changed.
   */
  changeFilled(changes: readonly FilledChange[]): Promise<RulesetStep>;
  /** The number of the present state of all nftables rules: whoever changes one changes it. */
  readRulesetGeneration(): Promise<number>;

  /** Devices that the kernel's fast path for established sessions takes packets from; none where it has none. */
  readFastDevices(): Promise<ReadonlySet<string>>;
  /** What other programs on the same host have in the path of packets. */
  readForeignRules(): Promise<ForeignRules>;

  /** The packet marks of the ports of secure wires, by device; none when nothing marks them. */
  readWirePorts(): Promise<ReadonlyMap<string, number>>;
  /** These and no others. */
  writeWirePorts(marks: ReadonlyMap<string, number>): Promise<void>;

  readNetwork(): Promise<KernelNetwork>;
  /** Carries the steps out in order; throws `KernelFailure` at the first that fails and names it. */
  applyNetwork(steps: readonly NetworkStep[]): Promise<void>;

  /** Who stands behind the addresses of the links, as ARP and neighbor discovery have learnt it. */
  readNeighbors(): Promise<readonly KernelNeighbor[]>;
  /** Forgets neighbors; how many there were. */
  deleteNeighbors(neighbors: readonly Pick<KernelNeighbor, "device" | "address">[]): Promise<number>;
  /** For `ping` and `traceroute`; throws `KernelFailure` where ICMP may not be sent. */
  openEcho(options: EchoOptions): Promise<EchoSocket>;

  /** What the machine is and does. */
  readHost(): Promise<HostState>;
  readProcesses(): Promise<readonly HostProcess[]>;
  readFilesystems(): Promise<readonly HostFilesystem[]>;

  /** A value below /proc/sys such as `net.ipv4.ip_forward`; undefined when there is no such file. */
  readSysctl(name: string): Promise<string | undefined>;
  writeSysctl(name: string, value: string): Promise<void>;

  /** Sessions in the connection table, in batches so that a large table never stands in memory as a whole. */
  dumpSessions(): AsyncIterable<readonly KernelSession[]>;
  /** Packets that were dropped because no session could be kept for them, since the network namespace is there. */
  readSessionFailures(): Promise<number>;
  /** Fragments of IPv4 that overlapped others, since then; undefined where the kernel does not count them. */
  readFragmentOverlaps(): Promise<number | undefined>;
  /** Ends every session whose mark (low 24 bits) is one of these; how many there were, or undefined of very many. */
  endSessions(marks: ReadonlySet<number>): Promise<number | undefined>;
  /**
   * Asks about every session: `end` it, give its mark another rule id (the upper eight bits stay), or leave it alone.
   * A session that came or went meanwhile may be left out; it met the rules that are in force.
   */
  reviewSessions(decide: (session: KernelSession) => SessionVerdict | undefined): Promise<SessionReview>;
  /**
   * Reports what happens until disposed. Losses are reported as events, never silent. One watch at a time in a network
   * namespace; throws `KernelFailure` when somebody watches already.
   */
  watch(listener: (event: KernelEvent) => void, interest?: SessionInterest): Promise<Watch>;
}

/** The numbers of the rules' state around a change: where one follows the other, nobody else has changed any rule meanwhile. */
export interface RulesetStep {
  readonly before: number;
  readonly after: number;
}

/** An element of a set that rules fill. Without a time it stays while it counts something. */
export interface FilledElement {
  readonly key: readonly NftValue[];
  readonly data?: readonly NftValue[];
  readonly remainingMs?: number;
}

/** First some go, then others come, for so long. */
export interface FilledChange {
  readonly set: NftSet;
  readonly remove: readonly FilledElement[];
  readonly add: readonly FilledElement[];
  readonly timeoutMs: number;
}

/** `reason` is for the log; without one the policy has changed. */
export type SessionVerdict =
  | { readonly kind: "end"; readonly reason?: string }
  | { readonly kind: "remark"; readonly ruleId: number };

export interface Watch extends Disposable {
  /** To be called when `any` of the interest may have changed: what begins or ends from then on is told, or not. */
  reconsider(): void;
}

/** Of which sessions the begin and the end are told; without one, of all. It may change while it is in use. */
export interface SessionInterest {
  /** False while no mark is wanted: the kernel then makes no events of sessions, which cost more than the sessions. */
  readonly any: boolean;
  wants(mark: number): boolean;
}

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
  /** What Merlon answers for on its links; absent means nothing. */
  readonly proxies?: readonly KernelProxy[];
}

/** An address that the gateway answers for by ARP or neighbor discovery on one device. */
export interface KernelProxy {
  readonly device: string;
  readonly address: IpAddress;
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
  /** Absent for a port of its own. */
  readonly virtual?: VirtualLink;
  readonly addresses: readonly IpPrefix[];
  readonly statistics: {
    readonly receivedPackets: number;
    readonly receivedBytes: number;
    readonly sentPackets: number;
    readonly sentBytes: number;
    readonly receivedErrors?: number;
    readonly receivedDrops?: number;
    readonly sentErrors?: number;
    readonly sentDrops?: number;
    readonly collisions?: number;
  };
  /** How often the carrier came or went. */
  readonly carrierChanges?: number;
}

export interface KernelRoute {
  readonly destination: IpPrefix;
  readonly nextHops: readonly IpAddress[] | "discard" | "reject";
  readonly metric: number;
}

export type NeighborState = "incomplete" | "reachable" | "stale" | "delay" | "probe" | "failed" | "noarp" | "permanent";

export interface KernelNeighbor {
  readonly device: string;
  readonly address: IpAddress;
  /** Empty while it is not known. */
  readonly macAddress: string;
  readonly state: NeighborState;
  readonly isRouter: boolean;
  /** Seconds since it was last known to be right. */
  readonly confirmedSeconds: number;
}

/** A device that stands for others. `ours`: Merlon has made it. */
export type VirtualLink =
  | { readonly kind: "bridge"; readonly ours: boolean }
  /** Frames of the parent with this tag. */
  | { readonly kind: "vlan"; readonly ours: boolean; readonly id: number; readonly parent?: string };

export type NetworkStep =
  /** A bridge without addresses, spanning tree or learning from multicasts. */
  | { readonly kind: "add-bridge"; readonly device: string }
  | { readonly kind: "add-vlan"; readonly device: string; readonly parent: string; readonly id: number }
  /** A device that Merlon has made. */
  | { readonly kind: "delete-link"; readonly device: string }
  /** Without `master` the device leaves its bridge. */
  | { readonly kind: "set-master"; readonly device: string; readonly master?: string }
  | { readonly kind: "set-link"; readonly device: string; readonly up?: boolean; readonly mtu?: number }
  | { readonly kind: "add-address"; readonly device: string; readonly address: IpPrefix }
  | { readonly kind: "delete-address"; readonly device: string; readonly address: IpPrefix }
  | { readonly kind: "add-proxy" | "delete-proxy"; readonly proxy: KernelProxy }
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
  /** The NAT rules that translated it, by their ids; in dumps and when it begins, but not when it ends. */
  readonly natRules?: { readonly destination?: number; readonly source?: number };
  /** The zone of connection tracking (CTA_ZONE), by which a secure wire is told; absent for 0. */
  readonly connectionZone?: number;
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
  /** Its packets take the fast path now; absent where they do not. */
  readonly offloaded?: boolean;
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
  /** Of a frame that crosses a bridge: the port. */
  readonly inDevice?: string;
  readonly outDevice?: string;
  readonly tuple: KernelTuple;
  /** The length in the IP header, bytes. */
  readonly length: number;
  readonly fragment?: Fragment;
}

/** Where a fragment stands in its packet, in bytes; `more` follow behind it. */
export interface Fragment {
  readonly id: number;
  readonly offset: number;
  readonly size: number;
  readonly more: boolean;
}
