// Finds out what this kernel can do, by trying and never by its version. Rulesets are tried on a scratch table that is
// made and deleted in one transaction, so it never carries a packet; settings are tried by writing back what they are.
// Every capability says in words what its absence means, for `show system capabilities`.

import type { NftElement, NftSet, NftValue } from "@merlon/compiler/nft/program.ts";
import { accept, inState } from "@merlon/compiler/nft/statements.ts";
import { conntrackGroup } from "./conntrack-message.ts";
import type { Capabilities, Capability } from "./kernel.ts";
import { KernelFailure } from "./kernel.ts";
import { bindPacketLog, receiveBufferBytesDefault, sessionEventBytes } from "./kernel-watch.ts";
import { MessageWriter, netlinkFlag } from "./netlink-message.ts";
import { NetlinkRefusal, NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";
import { networkMessage } from "./network-number.ts";
import type { BatchWriter } from "./nf-tables/batch-writer.ts";
import { lowerRule } from "./nf-tables/lower-statement.ts";
import { tryRulesets, writeScratchFlowtable, writeScratchRule } from "./nf-tables/try-ruleset.ts";
import type { RulesetTry } from "./nf-tables/try-ruleset.ts";
import { shapeOf, writeElements, writeSet } from "./nf-tables/write-set.ts";
import { nftVersion } from "./nft-program.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

interface Attempt {
  readonly name: string;
  /** What its absence means. */
  readonly absence: string;
  /** A ruleset that the kernel takes, or what was found; that throws `KernelFailure` when it is absent. */
  readonly attempt: RulesetTry | (() => Promise<string> | string);
}

/** Not Merlon's own group, so that a probe never disturbs a running watch. */
const scratchLogGroup = 5077;

const one: NftValue = { kind: "number", value: 1 };
const ranges: NftElement = {
  key: [
    { kind: "addresses", range: { family: 4, first: 0xc000_0200, last: 0xc000_02ff } },
    { kind: "numbers", first: 80, last: 90 },
  ],
};
const nowhere = { nextSetId: () => 1, isInterval: () => false };
const established = lowerRule({ statements: [inState("established"), accept] }, nowhere).expressions;
const reset = lowerRule({ statements: [{ kind: "reject", with: "tcp-reset" }] }, nowhere).expressions;

/** Never throws for what is missing; every capability is answered, in a fixed order. */
export async function probeKernel(): Promise<Capabilities> {
  const tries = attempts.flatMap(({ attempt }) => (typeof attempt === "function" ? [] : [attempt]));
  const refusals = tryRulesets(tries);
  return Promise.all(
    attempts.map(async ({ name, absence, attempt }): Promise<Capability> => {
      try {
        if (typeof attempt === "function") return { name, available: true, note: await attempt() };
        const refusal = (await refusals)[tries.indexOf(attempt)];
        if (refusal === undefined) return { name, available: true, note: "found by trying" };
        return { name, available: false, note: `${absence} (${refusal})` };
      } catch (error) {
        if (!(error instanceof KernelFailure)) throw error;
        return { name, available: false, note: `${absence} (${error.message})` };
      }
    }),
  );
}

const attempts: readonly Attempt[] = [
  {
    name: "nft-program",
    absence: "people cannot list the rules with `nft`: apt-get install nftables",
    attempt: async () => `nftables ${await nftVersion()}`,
  },
  ruleset("nft-inet", "no policy can be enforced by this kernel", (writer, family) =>
    writeScratchRule(writer, family, established),
  ),
  ruleset("nft-interval-concatenation", "large zone pairs cannot use concatenated ranges", (writer) =>
    writeScratchSet(writer, { key: ["ipv4_addr", "inet_service"], interval: "each-field", elements: [ranges] }),
  ),
  ruleset("nft-catch-all", "large zone pairs cannot be looked up", (writer) =>
    writeScratchSet(writer, { data: ["mark"], elements: [{ key: "rest", data: [one] }] }),
  ),
  ruleset("nft-element-counter", "policies cannot count their hits", (writer) =>
    writeScratchSet(writer, { counter: true, elements: [{ key: [one] }] }),
  ),
  ruleset("nft-log-group", "denied packets cannot be logged", (writer, family) =>
    writeScratchRule(writer, family, [{ kind: "log", group: 5, prefix: "", snapLength: 64, queueThreshold: 1 }]),
  ),
  ruleset("nft-reject", "`reject` acts as `deny`", (writer, family) => writeScratchRule(writer, family, reset)),
  ruleset("nft-flowtable", "established sessions take the ordinary path, which is slower", (writer, family) =>
    writeScratchFlowtable(writer, family, "lo"),
  ),
  ruleset("nft-queue", "layer 7 inspection must use the NFQUEUE target of iptables", (writer, family) =>
    writeScratchRule(writer, family, { name: "queue", fill: (fields) => fields.u16(1, 0).u16(2, 1) }),
  ),
  ruleset("nft-synproxy", "SYN floods cannot be answered by SYN cookies of the gateway", (writer, family) =>
    writeScratchRule(writer, family, { name: "synproxy", fill: (fields) => fields.u16(1, 1460).u8(2, 7).u32(3, 0) }),
  ),
  {
    name: "bridge-conntrack",
    absence: "bridged traffic is tracked through br_netfilter, if that is there",
    attempt: { fill: (writer, family) => writeScratchRule(writer, family, established), bridge: true },
  },
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

function ruleset(name: string, absence: string, fill: RulesetTry["fill"]): Attempt {
  return { name, absence, attempt: { fill } };
}

function writeScratchSet(writer: BatchWriter, more: Partial<NftSet>): void {
  const set: NftSet = { name: "s", key: ["mark"], interval: false, counter: false, elements: [], ...more };
  writeSet(writer, set, 1, false);
  writeElements(writer, shapeOf(set), set.elements, "add", () => undefined);
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
