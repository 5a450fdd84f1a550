// Finds out what this kernel can do, by trying and never by its version. Rulesets are tried on a scratch table that is
// made and deleted in one transaction, so it never carries a packet; settings are tried by writing back what they are.
// Every capability says in words what its absence means, for `show system capabilities`.

import { conntrackGroup } from "./conntrack-message.ts";
import type { Capabilities, Capability } from "./kernel.ts";
import { KernelFailure } from "./kernel.ts";
import { bindPacketLog, receiveBufferBytesDefault, sessionEventBytes } from "./kernel-watch.ts";
import { MessageWriter, netlinkFlag } from "./netlink-message.ts";
import { NetlinkRefusal, NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";
import { networkMessage } from "./network-message.ts";
import { nftVersion, tryNft } from "./nft-program.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

interface Attempt {
  readonly name: string;
  /** What its absence means. */
  readonly absence: string;
  /** What was found; throws `KernelFailure` when it is absent. */
  readonly attempt: () => Promise<string> | string;
}

/** Not Merlon's own group, so that a probe never disturbs a running watch. */
const scratchLogGroup = 5077;
const scratchTable = "merlon_probe";

/** Never throws for what is missing; every capability is answered, in a fixed order. */
export async function probeKernel(): Promise<Capabilities> {
  return Promise.all(attempts.map(judge));
}

async function judge({ name, absence, attempt }: Attempt): Promise<Capability> {
  try {
    return { name, available: true, note: await attempt() };
  } catch (error) {
    if (!(error instanceof KernelFailure)) throw error;
    return { name, available: false, note: `${absence} (${error.message})` };
  }
}

const attempts: readonly Attempt[] = [
  {
    name: "nft-program",
    absence: "no policy can be installed: apt-get install nftables",
    attempt: async () => `nftables ${await nftVersion()}`,
  },
  ruleset("nft-inet", "no policy can be enforced by this kernel", "inet", [
    "chain c { type filter hook forward priority 0; policy accept; ct state established accept; }",
  ]),
  ruleset("nft-interval-concatenation", "large zone pairs cannot use concatenated ranges", "inet", [
    "set s { type ipv4_addr . inet_service; flags interval; elements = { 192.0.2.0/24 . 80-90 }; }",
  ]),
  ruleset("nft-element-counter", "policies cannot count their hits", "inet", [
    "set s { type mark; counter; elements = { 1 }; }",
  ]),
  ruleset("nft-log-group", "denied packets cannot be logged", "inet", ["chain c { log group 5 snaplen 64; }"]),
  ruleset("nft-reject", "`reject` acts as `deny`", "inet", ["chain c { reject with tcp reset; }"]),
  ruleset("nft-flowtable", "established sessions take the ordinary path, which is slower", "inet", [
    "flowtable f { hook ingress priority 0; devices = { lo }; }",
  ]),
  ruleset("nft-queue", "layer 7 inspection must use the NFQUEUE target of iptables", "inet", [
    "chain c { queue num 0; }",
  ]),
  ruleset("nft-synproxy", "SYN floods cannot be answered by SYN cookies of the gateway", "inet", [
    "chain c { type filter hook forward priority 0; synproxy mss 1460 wscale 7; }",
  ]),
  ruleset("bridge-conntrack", "bridged traffic is tracked through br_netfilter, if that is there", "bridge", [
    "chain c { type filter hook forward priority 0; policy accept; ct state established accept; }",
  ]),
  { name: "vlan-802.1q", absence: "tagged interfaces (units with vlan-id) cannot be made", attempt: tryVlan },
  setting("conntrack-accounting", "logs carry no byte and packet counts", "net.netfilter.nf_conntrack_acct"),
  setting("conntrack-timestamps", "logs carry no session duration", "net.netfilter.nf_conntrack_timestamp"),
  setting("conntrack-events", "sessions that began unwatched end unlogged", "net.netfilter.nf_conntrack_events"),
  setting("forwarding-ipv4", "the gateway forwards IPv4 only if the machine already does", "net.ipv4.ip_forward"),
  setting(
    "forwarding-ipv6",
    "the gateway forwards IPv6 only if the machine already does",
    "net.ipv6.conf.all.forwarding",
  ),
  { name: "session-events", absence: "sessions cannot be logged", attempt: trySessionEvents },
  { name: "packet-log", absence: "denied packets cannot be logged", attempt: tryPacketLog },
  {
    name: "event-buffer",
    absence: `long bursts of session events lose some: raise net.core.rmem_max to ${receiveBufferBytesDefault}`,
    attempt: tryBuffer,
  },
];

function ruleset(name: string, absence: string, family: "inet" | "bridge", items: readonly string[]): Attempt {
  return {
    name,
    absence,
    attempt: async () => {
      const body = items.join("\n");
      const refusal = await tryNft(
        `table ${family} ${scratchTable} {\n${body}\n}\ndelete table ${family} ${scratchTable}\n`,
      );
      if (refusal !== undefined) throw new KernelFailure(refusal, body);
      return "found by trying";
    },
  };
}

function setting(name: string, absence: string, sysctl: string): Attempt {
  return {
    name,
    absence,
    attempt: () => {
      const value = readSysctl(sysctl);
      if (value === undefined) throw new KernelFailure(`this kernel has no setting ${sysctl}`, "");
      writeSysctl(sysctl, value);
      return `${sysctl} is ${value} and may be changed`;
    },
  };
}

function trySessionEvents(): string {
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 1 });
  socket.joinGroup(conntrackGroup.new);
  socket.joinGroup(conntrackGroup.destroy);
  return "sessions are told as they begin and end";
}

function tryPacketLog(): string {
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 1 });
  bindPacketLog(socket, scratchLogGroup);
  return "log groups can be taken";
}

function tryBuffer(): string {
  const wanted = receiveBufferBytesDefault;
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 1, receiveBufferBytes: wanted });
  const accounted = socket.receiveBufferBytes;
  const found = `room for a burst of ${Math.floor(accounted / sessionEventBytes)} sessions`;
  // The kernel doubles what was asked for, to cover its own overhead (socket(7)).
  if (accounted < wanted * 2) throw new KernelFailure(found, `${accounted} bytes`);
  return found;
}

/**
 * Asks for a VLAN device on the loopback, which no kernel makes: one that knows 802.1Q answers that loopback cannot
 * have VLANs, one that does not answers `Unknown device type`. So nothing is ever created.
 */
function tryVlan(): string {
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.route, batch: 1 });
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  const flags = netlinkFlag.request | netlinkFlag.acknowledge | netlinkFlag.create | netlinkFlag.exclusive;
  const ifla = { link: 5, linkInfo: 18, infoKind: 1, infoData: 2, vlanId: 1 } as const;
  const loopbackIndex = 1;
  writer.begin(networkMessage.newLink, flags, sequence).raw(new Uint8Array(16));
  writer.attributeU32(ifla.link, loopbackIndex).nested(ifla.linkInfo, () => {
    writer.attributeText(ifla.infoKind, "vlan").nested(ifla.infoData, () => {
      writer.attribute(ifla.vlanId, Uint8Array.of(1, 0));
    });
  });
  try {
    socket.request(writer.take(), sequence);
  } catch (error) {
    if (!(error instanceof NetlinkRefusal)) throw error;
    if (error.code === "EPERM" || error.message.includes("Unknown device type")) throw error;
  }
  return "802.1Q devices can be made";
}
