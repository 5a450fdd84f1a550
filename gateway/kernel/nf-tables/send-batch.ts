// One batch to the kernel, and what it refused of it. The kernel carries a batch out inside the system call, so its answer
// is there when the call returns: an acknowledgement of the last message, or a refusal of each message that was refused.
// Source: nfnetlink_rcv_batch of net/netfilter/nfnetlink.c, Linux 6.1 to 6.18.

import { KernelFailure } from "../kernel.ts";
import { errnoName } from "../libc.ts";
import { netlinkType, readErrno, readErrorOffset, readErrorText } from "../netlink-message.ts";
import type { NetlinkSocket } from "../netlink-socket.ts";

export interface SentBatch {
  readonly chunks: readonly Uint8Array[];
  readonly lengthBytes: number;
  readonly firstSequence: number;
  /** The message that is acknowledged when the kernel has taken the whole batch. */
  readonly lastSequence: number;
}

/**
 * None when the batch is in force; otherwise nothing has changed, and the first `refusalsMax` refusals say why. Throws
 * `KernelFailure` when the kernel does not say.
 */
export async function sendBatch(
  socket: NetlinkSocket,
  batch: SentBatch,
  refusalsMax = refusalsToldMax,
): Promise<readonly Refusal[]> {
  await socket.sendParts(batch.chunks, batch.lengthBytes);
  return readAnswer(socket, batch, refusalsMax);
}

export interface Refusal {
  readonly sequence: number;
  readonly code: string;
  readonly words: string;
  /** Where in the message the attribute stands that the kernel did not take, if it says so. */
  readonly offset: number | undefined;
}

/** The kernel answers every message that it refuses; so many are told in the log. */
const refusalsToldMax = 20;

function readAnswer(socket: NetlinkSocket, batch: SentBatch, refusalsMax: number): readonly Refusal[] {
  const refusals: Refusal[] = [];
  let acknowledged = false;
  for (let rounds = 0; rounds < answerRoundsMax; rounds++) {
    const count = socket.receive((message) => {
      if (message.type !== netlinkType.error || message.sequence < batch.firstSequence) return;
      const errno = readErrno(message);
      if (errno === 0) acknowledged ||= message.sequence === batch.lastSequence;
      else if (refusals.length < refusalsMax) {
        refusals.push({
          sequence: message.sequence,
          code: errnoName(errno),
          words: readErrorText(message),
          offset: readErrorOffset(message),
        });
      }
    });
    // Answers that had no room are refusals too: those that had it were first.
    if (count === 0) break;
  }
  if (!acknowledged && refusals.length === 0) {
    throw new KernelFailure("the kernel did not answer whether it took the ruleset; it must be read back", "");
  }
  return refusals;
}

/** Each round takes four datagrams; a batch has some million messages at most. */
const answerRoundsMax = 4_000_000;

/** The kernel's sentence, or what its errno means. */
export function reasonOf({ words, code }: Refusal): string {
  return words === "" ? (reasons[code] ?? `the kernel answered ${code}`) : `${words} (${code})`;
}

/** What an errno means where the kernel gives no sentence with it. */
const reasons: Readonly<Record<string, string>> = {
  EPERM: "it is not permitted (run Merlon with CAP_NET_ADMIN)",
  ENOENT: "something that it names is not there",
  EEXIST: "it is there already",
  EBUSY: "it is in use",
  ENFILE: "the set is full",
  ENOMEM: "the kernel has no memory for it",
  ELOOP: "the chains would lead back to themselves",
  EMLINK: "the chains would lead into each other too deeply",
  ENOTSUPP: "this kernel does not know it",
  EOPNOTSUPP: "this kernel does not know it",
  EINVAL: "the kernel calls it invalid",
};
