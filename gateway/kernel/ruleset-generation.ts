// The number that the kernel gives each state of all nftables rules in a network namespace: it grows with every change,
// whoever makes it. Asking for it costs microseconds. Listening to nftables' own events would make the kernel tell of
// every single element: a load of 100,000 elements then took two to three times as long (measured on 6.18).
// Format: linux/netfilter/nf_tables.h, NFT_MSG_GETGEN.

import { KernelFailure } from "./kernel.ts";
import { AttributeTable, MessageWriter, netlinkFlag } from "./netlink-message.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";

/** NFNL_SUBSYS_NFTABLES in the high byte. */
const message = { newGeneration: 0xa0f, getGeneration: 0xa10 } as const;
const generationId = 1;
const attributes = new AttributeTable("ruleset generation message", 3);

/** Throws `KernelFailure` when the kernel has no nf_tables or does not answer. */
export function readRulesetGeneration(socket: NetlinkSocket): number {
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  const flags = netlinkFlag.request | netlinkFlag.acknowledge;
  writer.begin(message.getGeneration, flags, sequence).netfilterHeader(0, 0);
  let generation: number | undefined;
  socket.request(writer.take(), sequence, (answer) => {
    if (answer.type !== message.newGeneration) return;
    // Behind struct nfgenmsg, 4 bytes.
    attributes.read(answer.view, answer.start + 4, answer.end);
    generation = attributes.u32be(generationId);
  });
  if (generation === undefined) throw new KernelFailure("the kernel does not tell the generation of its rules", "");
  return generation;
}
