// Listens to the kernel: sessions that begin and end, packets that log rules copy, changes of the network and of
// rulesets. Sockets are polled in batches instead of being waited for: a batch every 2 ms carries 100,000 events a
// second at half the cost of a wake-up for each. Idle, the pause grows to 20 ms. Nothing blocks and nothing is lost
// without being told.

import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { conntrackGroup, conntrackMessage, decodeSession, decodeWanted } from "./conntrack-message.ts";
import type { KernelEvent, KernelSession, SessionInterest, Watch } from "./kernel.ts";
import { KernelFailure } from "./kernel.ts";
import { interfaceName } from "./libc.ts";
import { MessageWriter } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";
import { NetlinkRefusal, NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";
import { networkGroups } from "./network-message.ts";
import { decodeLoggedPacket, encodeBind, packetLogGroup, packetLogMessage } from "./packet-log-message.ts";
import { readRulesetGeneration } from "./ruleset-generation.ts";
import { readSysctl } from "./sysctl.ts";

export interface KernelWatchOptions {
  /** For sessions and for packets, each. A session's event takes `sessionEventBytes` of the kernel's accounting. */
  readonly receiveBufferBytes?: number;
  /** Without one, every session is told. */
  readonly interest?: SessionInterest;
}

/** Measured on 6.18: what one session event takes of a socket's buffer. The kernel grants twice what is asked for. */
export const sessionEventBytes = 1_280;
/** Room for a burst of about 100,000 events; memory is taken only while they wait. */
export const receiveBufferBytesDefault = 64 * 1024 * 1024;
const memoryShareMax = 1 / 32;
/** Of changes only the fact counts, so a dropped message costs nothing and a small buffer will do. */
const changeBufferBytes = 65_536;
const pauseMsMin = 2;
const pauseMsMax = 20;
/** Batches that one socket may take in one turn before timers and requests of the process get theirs. */
const batchesPerTurnMax = { sessions: 16, packets: 2, changes: 64 } as const;
/** Datagrams that one call takes. One has an event of a session, or up to 64 logged packets. */
const batchSize = { sessions: 64, packets: 16, changes: 4 } as const;
/** Changes come in flocks (a commit, an interface coming up); they are told at most this often. */
const changeIntervalMs = 50;
/** After this long without a packet, a loss whose extent is not known yet is told without a number. */
const lossSilenceMs = 1_000;

type LossSource = "sessions" | "packets";
/** Adds what the message tells of; throws `KernelFailure` when it is malformed. */
type ReadEvents = (message: NetlinkMessage, events: KernelEvent[]) => void;

export class KernelWatch implements Watch {
  readonly #listener: (event: KernelEvent) => void;
  readonly #interest: SessionInterest | undefined;
  readonly #sockets = new DisposableStack();
  readonly #sessions: NetlinkSocket;
  readonly #packets: NetlinkSocket;
  readonly #network: NetlinkSocket;
  readonly #ruleset: NetlinkSocket;
  /** Names by interface index, forgotten at every change of the network. */
  readonly #deviceNames = new Map<number, string | undefined>();
  #rulesetGeneration: number | undefined;
  #rulesetAskedMs = Number.NEGATIVE_INFINITY;
  readonly #networkChange = new ChangeSignal();
  /** Each answers whether anything was there. The network first, so that packets are told by new device names. */
  readonly #drains: readonly (() => boolean)[] = [
    () => this.#drainNetwork(),
    () => this.#askRuleset(),
    () => this.#drainSessions(),
    () => this.#drainPackets(),
  ];
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** More waits than one turn may take. */
  #isFlooded = false;
  #pauseMs = pauseMsMin;
  #sessionDropsTold = 0;
  #packetSequenceNext = 0;
  #packetLossSinceMs: number | undefined;
  #tellsSessions = false;
  #disposed = false;

  /** Throws `KernelFailure` when the kernel refuses a subscription or another process has the log group. */
  constructor(listener: (event: KernelEvent) => void, options: KernelWatchOptions = {}) {
    this.#listener = listener;
    this.#interest = options.interest;
    const receiveBufferBytes = options.receiveBufferBytes ?? receiveBufferBytesDefault;
    const sessionBufferBytes = options.receiveBufferBytes ?? sessionBufferBytesDefault();
    const { netfilter, route } = netlinkProtocol;
    try {
      // First, because only a process without the right fails here; the log group has another reason to refuse.
      this.#sessions = this.#open({
        protocol: netfilter,
        receiveBufferBytes: sessionBufferBytes,
        batch: batchSize.sessions,
      });
      this.reconsider();
      this.#packets = this.#open({ protocol: netfilter, receiveBufferBytes, batch: batchSize.packets });
      bindPacketLog(this.#packets, packetLogGroup);
      this.#network = this.#open({ protocol: route, receiveBufferBytes: changeBufferBytes, batch: batchSize.changes });
      for (const group of networkGroups) this.#network.joinGroup(group);
      this.#ruleset = this.#open({ protocol: netfilter, batch: 1 });
      this.#rulesetGeneration = readRulesetGeneration(this.#ruleset);
    } catch (error) {
      this.#sockets.dispose();
      throw error;
    }
    this.#schedule(pauseMsMin);
  }

  /** Stops at once: the listener is not called again. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#sockets.dispose();
  }

  reconsider(): void {
    const wanted = this.#interest?.any ?? true;
    if (this.#disposed || wanted === this.#tellsSessions) return;
    for (const group of [conntrackGroup.new, conntrackGroup.destroy]) {
      if (wanted) this.#sessions.joinGroup(group);
      else this.#sessions.leaveGroup(group);
    }
    this.#tellsSessions = wanted;
  }

  /** What the kernel granted, in its own accounting (twice what was asked for). */
  get receiveBufferBytes(): number {
    return this.#sessions.receiveBufferBytes;
  }

  #open(options: ConstructorParameters<typeof NetlinkSocket>[0]): NetlinkSocket {
    return this.#sockets.use(new NetlinkSocket(options));
  }

  #schedule(pauseMs: number): void {
    this.#timer = setTimeout(() => this.#poll(), pauseMs);
    this.#timer.unref();
  }

  #poll(): void {
    let busy = false;
    for (const drain of this.#drains) {
      // The listener may end the watch at any event.
      if (this.#disposed) return;
      busy = drain() || busy;
    }
    if (this.#disposed) return;
    if (this.#isFlooded) {
      this.#isFlooded = false;
      // It keeps the process alive for a moment; one that did not would wait until something else happens.
      this.#immediate = setImmediate(() => this.#poll());
      return;
    }
    this.#pauseMs = busy ? pauseMsMin : Math.min(pauseMsMax, this.#pauseMs * 1.25);
    this.#schedule(this.#pauseMs);
  }

  #drainSessions(): boolean {
    return this.#drain(this.#sessions, "sessions", (message, events) => {
      const { type } = message;
      if (type !== conntrackMessage.new && type !== conntrackMessage.delete) return;
      const session = this.#decode(message);
      if (session === undefined) return;
      events.push({ kind: type === conntrackMessage.new ? "session-opened" : "session-closed", session });
    });
  }

  #decode(message: NetlinkMessage): KernelSession | undefined {
    const interest = this.#interest;
    return interest === undefined ? decodeSession(message) : decodeWanted(message, (mark) => interest.wants(mark));
  }

  #drainPackets(): boolean {
    const busy = this.#drain(this.#packets, "packets", (message, events) => {
      if (message.type === packetLogMessage.packet) this.#readPacket(message, events);
    });
    const since = this.#packetLossSinceMs;
    if (since !== undefined && !busy && performance.now() - since > lossSilenceMs) {
      this.#packetLossSinceMs = undefined;
      this.#tell({ kind: "events-lost", source: "packets", count: undefined });
    }
    return busy;
  }

  #drainNetwork(): boolean {
    const changed = drainChanges(this.#network);
    if (changed) this.#deviceNames.clear();
    if (this.#networkChange.isDue(changed)) this.#tell({ kind: "network-changed" });
    return changed;
  }

  /** Never busy: the next question is due after the interval and not sooner. */
  #askRuleset(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#rulesetAskedMs < changeIntervalMs) return false;
    this.#rulesetAskedMs = nowMs;
    const generation = this.#readGeneration();
    if (generation === undefined || generation !== this.#rulesetGeneration) this.#tell({ kind: "ruleset-changed" });
    this.#rulesetGeneration = generation;
    return false;
  }

  /** Undefined when the kernel did not answer: then the listener is told to look for itself. */
  #readGeneration(): number | undefined {
    try {
      return readRulesetGeneration(this.#ruleset);
    } catch (error) {
      if (!(error instanceof KernelFailure)) throw error;
      return undefined;
    }
  }

  /**
   * True when anything was there. Events are told only after their batch has been read, so that what the listener
   * throws is never taken for a failure of reading.
   */
  #drain(socket: NetlinkSocket, source: LossSource, read: ReadEvents): boolean {
    let busy = false;
    for (let batch = 0; batch < batchesPerTurnMax[source] && !this.#disposed; batch++) {
      const events: KernelEvent[] = [];
      const count = this.#receive(socket, source, read, events);
      for (const event of events) this.#tell(event);
      if (count === 0) return busy;
      busy = true;
      // What has come since is read with what comes next.
      if (count !== "overrun" && count < batchSize[source]) return busy;
    }
    this.#isFlooded = true;
    return busy;
  }

  /** An event that cannot be read is a lost event; it must not end the watch. */
  #receive(socket: NetlinkSocket, source: LossSource, read: ReadEvents, events: KernelEvent[]): number | "overrun" {
    try {
      const count = socket.receive((message) => {
        try {
          read(message, events);
        } catch (error) {
          if (!(error instanceof KernelFailure)) throw error;
          this.#noteUnreadable(source, events);
        }
      });
      if (count === "overrun") this.#noteOverrun(source, events);
      return count;
    } catch (error) {
      if (!(error instanceof KernelFailure)) throw error;
      events.push({ kind: "events-lost", source, count: undefined });
      return 0;
    }
  }

  #noteUnreadable(source: LossSource, events: KernelEvent[]): void {
    // A packet's number is then missing from the sequence, which counts it.
    if (source === "packets") this.#packetLossSinceMs = performance.now();
    else events.push({ kind: "events-lost", source, count: 1 });
  }

  #noteOverrun(source: LossSource, events: KernelEvent[]): void {
    if (source === "packets") {
      // The next packet's sequence number will tell how many.
      this.#packetLossSinceMs = performance.now();
      return;
    }
    const drops = readSocketDrops(this.#sessions.port);
    const count = drops === undefined ? undefined : drops - this.#sessionDropsTold;
    this.#sessionDropsTold = drops ?? this.#sessionDropsTold;
    if (count !== 0) events.push({ kind: "events-lost", source, count });
  }

  #readPacket(message: NetlinkMessage, events: KernelEvent[]): void {
    const { packet, sequence } = decodeLoggedPacket(message, (index) => this.#deviceName(index));
    // Both are unsigned 32-bit numbers that wrap.
    const lost = (sequence - this.#packetSequenceNext) >>> 0;
    this.#packetSequenceNext = (sequence + 1) >>> 0;
    if (lost > 0) {
      this.#packetLossSinceMs = undefined;
      events.push({ kind: "events-lost", source: "packets", count: lost });
    }
    events.push({ kind: "packet-logged", packet });
  }

  #deviceName(index: number): string | undefined {
    if (!this.#deviceNames.has(index)) this.#deviceNames.set(index, interfaceName(index));
    return this.#deviceNames.get(index);
  }

  #tell(event: KernelEvent): void {
    if (!this.#disposed) this.#listener(event);
  }
}

/** Tells of the first change at once and of those that follow closely as one. */
class ChangeSignal {
  #pending = false;
  #toldMs = Number.NEGATIVE_INFINITY;

  isDue(changed: boolean): boolean {
    this.#pending ||= changed;
    const nowMs = performance.now();
    if (!this.#pending || nowMs - this.#toldMs < changeIntervalMs) return false;
    this.#pending = false;
    this.#toldMs = nowMs;
    return true;
  }
}

function drainChanges(socket: NetlinkSocket): boolean {
  let changed = false;
  for (let batch = 0; batch < batchesPerTurnMax.changes; batch++) {
    if (socket.discard() === 0) return changed;
    changed = true;
  }
  return changed;
}

/** So that all sessions of a full table may end at once; what is asked for is granted twice. */
function sessionBufferBytesDefault(): number {
  const sessionsMax = Number(readSysctl("net.netfilter.nf_conntrack_max") ?? 0);
  const wanted = (sessionsMax * sessionEventBytes) / 2;
  return Math.floor(Math.max(receiveBufferBytesDefault, Math.min(wanted, totalmem() * memoryShareMax)));
}

/** Takes a log group over for as long as the socket is open. Throws `KernelFailure`. */
export function bindPacketLog(socket: NetlinkSocket, group: number): void {
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  encodeBind(writer, sequence, group);
  try {
    socket.request(writer.take(), sequence);
  } catch (cause) {
    if (!(cause instanceof NetlinkRefusal)) throw cause;
    // EPERM is what nfulnl_recv_config answers when another socket has the group, and what no CAP_NET_ADMIN gives.
    const taken = "another process has it; is another gateway running in this network namespace?";
    const why = cause.code === "EPERM" || cause.code === "EBUSY" ? taken : cause.message;
    throw new KernelFailure(`packet log group ${group} cannot be taken: ${why}`, cause.code, { cause });
  }
}

/**
 * Messages that the kernel has dropped at this socket since it was opened, from the column `Drops` of
 * /proc/net/netlink; undefined when that cannot be read. Every session event is one message, so this is their exact
 * count.
 */
function readSocketDrops(port: number): number | undefined {
  let text: string;
  try {
    // The calling thread's, because another thread may be in another network namespace.
    text = readFileSync("/proc/thread-self/net/netlink", "utf8");
  } catch {
    return undefined;
  }
  return socketDrops(text, netlinkProtocol.netfilter, port);
}

/** Columns: sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode (net/netlink/af_netlink.c, netlink_native_seq_show). */
export function socketDrops(text: string, protocol: number, port: number): number | undefined {
  for (const line of text.split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns.length < 10 || Number(columns[1]) !== protocol || Number(columns[2]) !== port) continue;
    const drops = Number(columns[8]);
    return Number.isSafeInteger(drops) ? drops : undefined;
  }
  return undefined;
}
