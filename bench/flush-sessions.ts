// Empties the connection table of a gateway between two measurements, so that each begins with an empty one.
// Format: IPCTNL_MSG_CT_DELETE without a tuple (nf_conntrack_netlink.c, ctnetlink_del_conntrack) means all of them, of
// this network namespace. The gateway itself never sends that.

import { conntrackMessage } from "@merlon/gateway/kernel/conntrack-message.ts";
import { MessageWriter, netlinkFlag } from "@merlon/gateway/kernel/netlink-message.ts";
import { NetlinkSocket, netlinkProtocol } from "@merlon/gateway/kernel/netlink-socket.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";

export function flushSessions(gateway: string): void {
  inNetwork(gateway, () => {
    using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 1 });
    const sequence = socket.nextSequence();
    const writer = new MessageWriter();
    writer.begin(conntrackMessage.delete, netlinkFlag.request | netlinkFlag.acknowledge, sequence);
    writer.netfilterHeader(0, 0);
    socket.request(writer.take(), sequence);
  });
}
