// Reads the kernel's connection table piece by piece and ends the sessions of given rules. A dump is produced inside our
// receive calls, so memory stays at one batch however large the table is; between batches other work gets its turn.

import { setImmediate as nextTurn } from "node:timers/promises";
import {
  conntrackMessage,
  decodeKey,
  decodeSession,
  encodeDelete,
  encodeDump,
} from "./conntrack-message.ts";
import type { ConntrackKey } from "./conntrack-message.ts";
import type { KernelSession } from "./kernel.ts";
import { KernelFailure, sessionMarkMask } from "./kernel.ts";
import { MessageWriter, netlinkFlag } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";
import { NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";

/** Eight pieces of at most 32 KiB a turn: about 1,000 sessions, 3 ms of work. */
const dumpBatch = 8;
/** Delete requests in one send; their refusals must fit the default receive buffer of 208 KiB. */
const deletesPerSend = 64;

/** Sessions in the order of the kernel's hash table; some may be missing or double if they come and go meanwhile. */
export async function* dumpSessions(): AsyncGenerator<readonly KernelSession[]> {
  yield* dumpConntrack(0, 0, decodeSession);
}

/** Ends every session whose mark, in its low 24 bits, is one of `marks`. How many were there and are gone. */
export async function endSessions(marks: ReadonlySet<number>): Promise<number> {
  if (marks.size === 0) return 0;
  const { mark, mask } = sharedBits(marks);
  using socket = openConntrackSocket();
  let ended = 0;
  for await (const found of dumpConntrack(mark, mask, decodeKey)) {
    const keys = found.filter((entry) => marks.has(entry.mark & sessionMarkMask)).map((entry) => entry.key);
    for (let first = 0; first < keys.length; first += deletesPerSend) {
      ended += deleteEntries(socket, keys.slice(first, first + deletesPerSend));
    }
  }
  return ended;
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

/** How many of them the kernel had and has deleted. */
function deleteEntries(socket: NetlinkSocket, keys: readonly ConntrackKey[]): number {
  const writer = new MessageWriter();
  let sequence = 0;
  for (const [index, key] of keys.entries()) {
    sequence = socket.nextSequence();
    // Only the last one asks for an answer; of the others the kernel tells the refused ones.
    encodeDelete(writer, index === keys.length - 1 ? netlinkFlag.acknowledge : 0, sequence, key);
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
