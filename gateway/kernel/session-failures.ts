// Packets that the kernel dropped because it could not keep a session for them: its table was full, memory was short, or
// too many sessions shared one place of the table. Each processor has a count of its own; they begin with the network
// namespace and are never set back.
// Format: linux/netfilter/nfnetlink_conntrack.h (ctattr_stats_cpu); where it counts: net/netfilter/nf_conntrack_core.c of
// Linux 6.1. `drop` and `chaintoolong` are told apart there; `insert_failed` repeats both.

import { KernelFailure } from "./kernel.ts";
import { AttributeTable, MessageWriter, netlinkFlag } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";
import { NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";

/** NFNL_SUBSYS_CTNETLINK in the high byte, IPCTNL_MSG_CT_GET_STATS_CPU in the low one. */
export const statisticsMessage = 0x104;
/** CTA_STATS_DROP and CTA_STATS_CHAIN_TOOLONG, which kernels before 5.15 do not have. */
const statistics = { drop: 10, chainTooLong: 15 } as const;
const attributes = new AttributeTable("statistics of the connection table", 15);
/** Size of struct nfgenmsg. */
const netfilterHeaderSize = 4;

/** Throws `KernelFailure`. */
export function readSessionFailures(): number {
  using socket = openSocket();
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  writer.begin(statisticsMessage, netlinkFlag.request | netlinkFlag.dump, sequence).netfilterHeader(0, 0);
  let count = 0;
  const pieces = socket.dump(writer.take(), sequence, (message) => {
    if (message.type === statisticsMessage) count += decodeSessionFailures(message);
  });
  while (pieces.next().done !== true);
  return count;
}

/** Those of one processor. Throws `KernelFailure` when the message is malformed. */
export function decodeSessionFailures({ view, start, end }: NetlinkMessage): number {
  attributes.read(view, start + netfilterHeaderSize, end);
  return (attributes.u32be(statistics.drop) ?? 0) + (attributes.u32be(statistics.chainTooLong) ?? 0);
}

function openSocket(): NetlinkSocket {
  try {
    return new NetlinkSocket({ protocol: netlinkProtocol.netfilter });
  } catch (cause) {
    throw new KernelFailure("the connection table cannot be reached (nf_conntrack_netlink)", String(cause), { cause });
  }
}
