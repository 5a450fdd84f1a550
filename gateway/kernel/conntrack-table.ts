// Reads the kernel's connection table piece by piece, ends sessions and gives them other rules' marks. A dump is
// produced inside our receive calls, so memory stays at one batch however large the table is; between batches other
// work gets its turn.

import { setImmediate as nextTurn } from "node:timers/promises";
import {
  conntrackMessage,
  decodeKey,
  decodeSession,
  encodeDelete,
  encodeDeleteMarked,
  encodeDump,
  encodeMark,
} from "./conntrack-message.ts";
import type { ConntrackKey } from "./conntrack-message.ts";
import type { KernelSession, SessionReview, SessionVerdict } from "./kernel.ts";
import { KernelFailure, sessionMarkMask } from "./kernel.ts";
import { MessageWriter, netlinkFlag } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";
import { NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";

/** Eight pieces of at most 32 KiB a turn: about 1,000 sessions, 3 ms of work. */
const dumpBatch = 8;
/** Requests in one send; their refusals must fit the default receive buffer of 208 KiB. */
const requestsPerSend = 64;

/** From here on, one walk of the kernel through its table costs less than a request for each session. */
const endedSinglyMax = 2_048;
/** Of the sessions that were found so far: a block of marks with fewer is not worth a walk, so there are 16 at most. */
const shareOfWalkMin = 1 / 16;

/** Sessions in the order of the kernel's hash table; some may be missing or double if they come and go meanwhile. */
export async function* dumpSessions(): AsyncGenerator<readonly KernelSession[]> {
  yield* dumpConntrack(0, 0, decodeSession);
}

/**
 * Ends every session whose mark, in its low 24 bits, is one of `marks`. How many were there and are gone; undefined
 * where there were so many that the kernel was told to end all of them, which it does without counting.
 */
export async function endSessions(marks: ReadonlySet<number>): Promise<number | undefined> {
  if (marks.size === 0) return 0;
  const { mark, mask } = sharedBits(marks);
  using socket = openConntrackSocket();
  let ended = 0;
  let walks: readonly MarkBlock[] | undefined;
  const sample: number[] = [];
  for await (const found of dumpConntrack(mark, mask, decodeKey)) {
    // What a walk has left, because it was of other marks, came later or was held by the kernel's fast path, is found by
    // the rest of the dump.
    const entries = found.filter((entry) => marks.has(entry.mark & sessionMarkMask));
    const keys = entries.map((entry) => entry.key);
    for (let first = 0; first < keys.length; first += requestsPerSend) {
      ended += change(socket, keys.slice(first, first + requestsPerSend), encodeDelete);
    }
    if (walks !== undefined) continue;
    for (const entry of entries) sample.push(entry.mark);
    if (ended <= endedSinglyMax) continue;
    walks = blocksWorthWalk(markBlocks(marks), sample);
    for (const block of walks) await flushMarked(socket, block);
  }
  return walks === undefined || walks.length === 0 ? ended : undefined;
}

/** On another thread: meanwhile this one reads the events of what ends, which are more than a buffer may hold. */
async function flushMarked(socket: NetlinkSocket, { mark, mask }: MarkBlock): Promise<void> {
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  encodeDeleteMarked(writer, sequence, { mark, mask });
  await socket.requestAside(writer.take(), sequence);
}

/** All marks that are `mark` under `mask`. */
export interface MarkBlock {
  readonly mark: number;
  readonly mask: number;
}

/**
 * Exactly these marks as few blocks, each of which the kernel can filter by, the largest first. Policies that were
 * written together have ids in a row, so that a thousand of them are some ten blocks.
 */
export function markBlocks(marks: ReadonlySet<number>): readonly MarkBlock[] {
  const blocks: { readonly mark: number; readonly size: number }[] = [];
  for (const mark of [...marks].toSorted((a, b) => a - b)) {
    let block = { mark, size: 1 };
    for (let last = blocks.at(-1); last !== undefined && isFirstHalf(last, block); last = blocks.at(-1)) {
      blocks.pop();
      block = { mark: last.mark, size: last.size * 2 };
    }
    blocks.push(block);
  }
  return blocks
    .toSorted((a, b) => b.size - a.size)
    .map(({ mark, size }) => ({ mark, mask: sessionMarkMask & ~(size - 1) }));
}

/** `sample` is marks of sessions as they were found, which is in no order. */
export function blocksWorthWalk(blocks: readonly MarkBlock[], sample: readonly number[]): readonly MarkBlock[] {
  const counts = new Map<MarkBlock, number>();
  const byMask = Map.groupBy(blocks, ({ mask }) => mask);
  const tables = [...byMask].map(([mask, of]) => ({ mask, of: new Map(of.map((block) => [block.mark, block])) }));
  for (const mark of sample) {
    for (const { mask, of } of tables) {
      const block = of.get((mark & mask) >>> 0);
      if (block !== undefined) counts.set(block, (counts.get(block) ?? 0) + 1);
    }
  }
  return [...counts].filter(([, count]) => count >= sample.length * shareOfWalkMin).map(([block]) => block);
}

function isFirstHalf(a: { mark: number; size: number }, b: { mark: number; size: number }): boolean {
  return a.size === b.size && a.mark % (2 * a.size) === 0 && a.mark + a.size === b.mark;
}

/**
 * The bits that all marks have in common: what the kernel can filter by so that it never drops a session we look for.
 * With one mark this is the mark itself; with many it still spares part of the table.
 */
export function sharedBits(marks: ReadonlySet<number>): { readonly mark: number; readonly mask: number } {
  let mask = sessionMarkMask;
  let first: number | undefined;
  for (const mark of marks) {
    first ??= mark;
    mask &= ~(mark ^ first);
  }
  return { mark: ((first ?? 0) & mask) >>> 0, mask };
}

/** Asks `decide` about every session and does what it says. */
export async function reviewSessions(
  decide: (session: KernelSession) => SessionVerdict | undefined,
): Promise<SessionReview> {
  using socket = openConntrackSocket();
  let [endedCount, remarkedCount] = [0, 0];
  const both = (message: NetlinkMessage) => ({ session: decodeSession(message), ...decodeKey(message) });
  for await (const found of dumpConntrack(0, 0, both)) {
    const ended: ConntrackKey[] = [];
    const remarked: MarkedKey[] = [];
    for (const { session, key } of found) {
      const verdict = decide(session);
      if (verdict?.kind === "end") ended.push(key);
      else if (verdict?.kind === "remark") remarked.push({ ...key, ruleId: verdict.ruleId });
    }
    for (let first = 0; first < ended.length; first += requestsPerSend) {
      endedCount += change(socket, ended.slice(first, first + requestsPerSend), encodeDelete);
    }
    for (let first = 0; first < remarked.length; first += requestsPerSend) {
      remarkedCount += change(socket, remarked.slice(first, first + requestsPerSend), encodeRemark);
    }
  }
  return { endedCount, remarkedCount };
}

type MarkedKey = ConntrackKey & { readonly ruleId: number };

function encodeRemark(writer: MessageWriter, flags: number, sequence: number, key: MarkedKey): void {
  encodeMark(writer, flags, sequence, key, { mark: key.ruleId, mask: sessionMarkMask });
}

/** One request for each key. How many of the sessions the kernel had and has changed. */
function change<K extends ConntrackKey>(
  socket: NetlinkSocket,
  keys: readonly K[],
  encode: (writer: MessageWriter, flags: number, sequence: number, key: K) => void,
): number {
  const writer = new MessageWriter();
  let sequence = 0;
  for (const [index, key] of keys.entries()) {
    sequence = socket.nextSequence();
    // Only the last one asks for an answer; of the others the kernel tells the refused ones.
    encode(writer, index === keys.length - 1 ? netlinkFlag.acknowledge : 0, sequence, key);
  }
  let gone = 0;
  socket.transact(writer.take(), sequence, (_, refusal) => {
    // It ended by itself since the dump, or a new session has its tuple now.
    if (refusal.code !== "ENOENT") throw refusal;
    gone++;
  });
  return keys.length - gone;
}

async function* dumpConntrack<T>(
  mark: number,
  mask: number,
  decode: (message: NetlinkMessage) => T,
): AsyncGenerator<readonly T[]> {
  using socket = openConntrackSocket();
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  encodeDump(writer, sequence, mark, mask);
  let batch: T[] = [];
  const dump = socket.dump(writer.take(), sequence, (message) => {
    if (message.type === conntrackMessage.new) batch.push(decode(message));
  });
  while (dump.next().done !== true) {
    if (batch.length > 0) yield batch;
    batch = [];
    await nextTurn();
  }
}

function openConntrackSocket(): NetlinkSocket {
  try {
    return new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: dumpBatch });
  } catch (cause) {
    throw new KernelFailure("the connection table cannot be reached (nf_conntrack_netlink)", String(cause), { cause });
  }
}
