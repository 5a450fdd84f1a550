// The reference interpreter and the kernel say the same about every packet: random rule sets are put into the kernel, random
// packets are sent through it, and the rule that each one met is read back from connection events and logged packets.

import fc from "fast-check";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { interpret } from "@merlon/compiler/interpret.ts";
import type { FlowPacket, Ir } from "@merlon/compiler/ir.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import { anyHeader, anyIr } from "@merlon/compiler/testing/arbitrary-ir.ts";
import type { KernelEvent, KernelTuple } from "@merlon/gateway/kernel/kernel.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { closeFile, enterNamespace, networkNamespace, openFile } from "@merlon/gateway/kernel/libc.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { runIp } from "./build-network.ts";
import { buildFrame, tcpFlags } from "./frames.ts";
import type { FrameContent } from "./frames.ts";
import { enterNetwork, inNetwork } from "./network-namespace.ts";
import { PacketSocket } from "./packet-socket.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const ruleSets = 100;
const packetsPerPair = 120;
/** The generator makes at most three zones with two interfaces each. */
const ports = [0, 1, 2, 3, 4, 5].map((number) => ({
  device: `p${number}`,
  far: `f${number}`,
  mac: `02:00:00:00:01:0${number}`,
  farMac: `02:00:00:00:02:0${number}`,
}));
const gateway = `refgw${process.pid}`;
const farSide = `reffar${process.pid}`;
const empty = new Uint8Array(8);

/** Every rule speaks: what is denied is logged, so that each packet leaves exactly one trace. The devices are ours. */
function audible(ir: Ir): Ir {
  return {
    ...ir,
    interfaces: ir.interfaces.map((it, number) => ({ ...it, device: `p${number}` })),
    contexts: ir.contexts.map((context) => ({
      ...context,
      rules: context.rules.map((rule) => ({ ...rule, log: { sessionInit: true, sessionClose: false } })),
    })),
  };
}

interface Sent {
  readonly header: Omit<FlowPacket, "fromZone" | "toZone">;
  readonly content: FrameContent;
  /** What a trace of this packet looks like. */
  readonly trace: string;
}

/** Packets that the kernel tracks as the first of a session, no two of one session in either direction. */
function distinctPackets(headers: readonly Omit<FlowPacket, "fromZone" | "toZone">[]): readonly Sent[] {
  const seen = new Set<string>();
  const packets: Sent[] = [];
  for (const [number, header] of headers.entries()) {
    const sent = packetOf(header, number + 1);
    if (sent === undefined) continue;
    const { source, destination, protocol, sourcePort, destinationPort } = header;
    const ends = [`${formatIp(source)} ${sourcePort ?? ""}`, `${formatIp(destination)} ${destinationPort ?? ""}`];
    const session = `${protocol} ${protocol === 1 || protocol === 58 ? number : ""} ${ends.toSorted().join(" ")}`;
    if (seen.has(session)) continue;
    seen.add(session);
    packets.push(sent);
  }
  return packets;
}

/** Undefined for what is no first packet of a session: a stray ICMP error, an address that no packet may carry. */
function packetOf(header: Omit<FlowPacket, "fromZone" | "toZone">, number: number): Sent | undefined {
  const { source, destination, protocol, sourcePort = 0, destinationPort = 0 } = header;
  const v4 = source.family === 4;
  for (const { value } of [source, destination]) if (value === 0n || value === 0xffff_ffff) return undefined;
  const trace = (detail: string): string => `${protocol} ${formatIp(source)} ${formatIp(destination)} ${detail}`;
  const ends = { sourcePort, destinationPort };
  switch (protocol) {
    case 6: {
      const content = {
        kind: "tcp",
        ...ends,
        sequence: number,
        acknowledgement: 0,
        flags: tcpFlags.syn,
        payload: new Uint8Array(),
      } as const;
      return { header, content, trace: trace(`${sourcePort} ${destinationPort}`) };
    }
    case 17:
      return {
        header,
        content: { kind: "udp", ...ends, payload: empty },
        trace: trace(`${sourcePort} ${destinationPort}`),
      };
    case 1:
    case 58: {
      if ((protocol === 1) !== v4) return undefined;
      const type = v4 ? 8 : 128;
      const body = new Uint8Array([number >> 8, number & 255, 0, 1]);
      return {
        header: { ...header, icmpType: type, icmpCode: 0 },
        content: { kind: "icmp", type, code: 0, body },
        trace: trace(`icmp ${number}`),
      };
    }
    case 47:
    case 89:
      return protocol === 47 && !v4
        ? undefined
        : { header, content: { kind: "other", protocol, payload: empty }, trace: trace("") };
    default:
      return undefined;
  }
}

function traceOf(tuple: KernelTuple): string {
  const detail =
    tuple.icmpType !== undefined
      ? `icmp ${tuple.icmpId ?? 0}`
      : tuple.protocol === 6 || tuple.protocol === 17
        ? `${tuple.sourcePort ?? 0} ${tuple.destinationPort ?? 0}`
        : "";
  return `${tuple.protocol} ${formatIp(tuple.source)} ${formatIp(tuple.destination)} ${detail}`;
}

describe.skipIf(!enclosed)("reference ≡ kernel (runs in tools/setup/enclose.sh)", () => {
  const sockets = new Map<string, PacketSocket>();
  let home = -1;

  beforeAll(async () => {
    await runIp([], [`netns add ${gateway}`, `netns add ${farSide}`]);
    await runIp(
      [],
      ports.map(
        ({ device, far, mac, farMac }) =>
          `link add ${device} netns ${gateway} address ${mac} type veth peer name ${far} netns ${farSide} address ${farMac}`,
      ),
    );
    await runIp(
      ["-n", farSide],
      ports.map(({ far }) => `link set ${far} up`),
    );
    await runIp(
      ["-n", gateway],
      [
        "link set lo up",
        ...ports.flatMap(({ device, farMac }) => [
          `link set ${device} up`,
          `neigh replace 192.0.2.1 lladdr ${farMac} dev ${device} nud permanent`,
          `neigh replace fe80::1 lladdr ${farMac} dev ${device} nud permanent`,
        ]),
      ],
    );
    for (const { far } of ports)
      sockets.set(
        far,
        inNetwork(farSide, () => PacketSocket.open(far, { receives: false })),
      );
    home = openFile("/proc/thread-self/ns/net");
    enterNetwork(gateway);
    const kernel = new LinuxKernel();
    for (const [name, value] of [
      ["net.ipv4.ip_forward", "1"],
      ["net.ipv6.conf.all.forwarding", "1"],
      ["net.ipv4.conf.all.rp_filter", "0"],
      ["net.ipv4.conf.default.rp_filter", "0"],
      ["net.netfilter.nf_conntrack_events", "1"],
      ["net.ipv4.icmp_ratelimit", "0"],
    ] as const) {
      await kernel.writeSysctl(name, value);
    }
    for (const { device } of ports) await kernel.writeSysctl(`net.ipv4.conf.${device}.rp_filter`, "0");
  });

  afterAll(async () => {
    for (const socket of sockets.values()) socket[Symbol.dispose]();
    enterNamespace(home, networkNamespace);
    closeFile(home);
    await runIp([], [`netns delete ${gateway}`, `netns delete ${farSide}`]);
  });

  test(`${ruleSets} rule sets, every zone pair`, { timeout: 170_000 }, async () => {
    const kernel = new LinuxKernel();
    const traces = new Map<string, number[]>();
    const note = (trace: string, mark: number): void => {
      traces.set(trace, [...(traces.get(trace) ?? []), mark]);
    };
    using _watch = await kernel.watch((event: KernelEvent) => {
      if (event.kind === "session-opened") note(traceOf(event.session.original), event.session.mark);
      if (event.kind === "packet-logged") note(traceOf(event.packet.tuple), event.packet.mark);
      if (event.kind === "events-lost") note("lost", 0);
    });
    let packetCount = 0;
    const rulesHit = new Set<string>();
    const seed = Number(process.env["MERLON_SEED"] ?? Date.now() % 2 ** 31);
    for (const [round, sample] of fc.sample(anyIr, { numRuns: ruleSets, seed }).entries()) {
      const ir = audible(sample);
      const plan = planCommit(await kernel.readTable(), lowerTable(ir, round + 1));
      await kernel.applyTransaction(plan.install);
      await kernel.applyTransaction(plan.sweep);
      for (const [index, leaving] of ir.interfaces.entries()) {
        await runIp(
          ["-n", gateway],
          [
            `route replace 10.0.0.0/24 via 192.0.2.1 dev ${leaving.device} onlink`,
            `route replace 2001:db8::/64 via fe80::1 dev ${leaving.device} onlink`,
          ],
        );
        const entering = ir.interfaces[(index * 7 + round) % ir.interfaces.length];
        const port = ports.find(({ device }) => device === entering?.device);
        if (entering === undefined || port === undefined) continue;
        const context = ir.contexts.find((it) => it.fromZone === entering.zone && it.toZone === leaving.zone);
        const packets = distinctPackets(
          fc.sample(anyHeader, { numRuns: packetsPerPair, seed: seed + round * 10 + index }),
        );
        traces.clear();
        for (const { header, content } of packets) {
          const frame = buildFrame({
            sourceMac: port.farMac,
            destinationMac: port.mac,
            source: formatIp(header.source),
            destination: formatIp(header.destination),
            content,
          });
          sockets.get(port.far)?.send([frame]);
        }
        for (let wait = 0; wait < 100 && traces.size < packets.length; wait++) await sleep(10);
        const wrong = packets.flatMap(({ header, trace }) => {
          const decision = interpret(ir, { ...header, fromZone: entering.zone, toZone: leaving.zone });
          const expected = decision.kind === "rule" ? decision.rule.id : 0;
          const rule = context?.rules.find(({ id }) => id === expected);
          rulesHit.add(`${round} ${expected}`);
          const found = traces.get(trace) ?? [];
          // A refused TCP or UDP packet is logged once; a permitted one opens one session.
          return found.length === 1 && found[0] === expected
            ? []
            : [{ trace, expected, found, action: rule?.action, from: entering.zone, to: leaving.zone }];
        });
        packetCount += packets.length;
        expect({ seed, round, wrong }).toEqual({ seed, round, wrong: [] });
        const all = new Set(ir.contexts.flatMap(({ rules }) => rules.map(({ id }) => Number(id))));
        await kernel.endSessions(all);
      }
    }
    process.stdout.write(`reference ≡ kernel: ${packetCount} packets, ${rulesHit.size} rules met, seed ${seed}\n`);
    expect(packetCount).toBeGreaterThan(1_000);
  });
});
