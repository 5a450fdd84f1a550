// A netlink socket that stays open between small transactions that follow each other. To close a netfilter socket the
// kernel waits until everything that was deleted before is freed, a grace period of some milliseconds, and whoever closes
// waits with it (nft_rcv_nl_event of net/netfilter/nf_tables_api.c, seen on 6.18). So it is closed when it has been idle.

import { readlinkSync } from "node:fs";
import { NetlinkSocket, netlinkProtocol } from "../netlink-socket.ts";

/** An open socket keeps its network namespace alive. */
const idleMs = 1_000;
/** Batches have numbers of their own, above those of questions. */
const batchSequenceFirst = 1_000_000;
const batchSequenceEnd = 2 ** 31;

interface Kept {
  readonly namespace: string;
  readonly socket: NetlinkSocket;
  nextBatchSequence: number;
}

let kept: Kept | undefined;
let timer: NodeJS.Timeout | undefined;

/** `firstSequence` is for one batch of at most `messagesMax` messages. */
export interface BatchSocket {
  readonly socket: NetlinkSocket;
  readonly firstSequence: number;
}

/** One work at a time. Where it fails, answers may be left behind, and the next one gets another socket. */
export async function withKeptSocket<T>(messagesMax: number, work: (given: BatchSocket) => Promise<T>): Promise<T> {
  const { socket, firstSequence } = take(messagesMax);
  try {
    const result = await work({ socket, firstSequence });
    timer = setTimeout(close, idleMs);
    timer.unref();
    return result;
  } catch (error) {
    close();
    throw error;
  }
}

function take(messagesMax: number): BatchSocket {
  clearTimeout(timer);
  const namespace = readlinkSync("/proc/thread-self/ns/net");
  const isFull = kept !== undefined && kept.nextBatchSequence + messagesMax > batchSequenceEnd;
  if (kept?.namespace !== namespace || isFull) {
    close();
    const socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 4 });
    kept = { namespace, socket, nextBatchSequence: batchSequenceFirst };
  }
  const firstSequence = kept.nextBatchSequence;
  kept.nextBatchSequence += messagesMax;
  return { socket: kept.socket, firstSequence };
}

function close(): void {
  clearTimeout(timer);
  kept?.socket[Symbol.dispose]();
  kept = undefined;
}
