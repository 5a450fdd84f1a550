// The reference interpreter and the kernel say the same about every packet: random rule sets are put into the kernel, random
// packets are sent through it, and the rule that each one met is read back from connection events and logged packets.

import fc from "fast-check";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { interpret } from "@merlon/compiler/interpret.ts";
import type { FlowPacket, Ir, IrInterface } from "@merlon/compiler/ir.ts";
import type { LookupOptions } from "@merlon/compiler/lookup/build-lookup.ts";
import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import type { NftTable } from "@merlon/compiler/nft/program.ts";
import { anyHeader, anyIr } from "@merlon/compiler/testing/arbitrary-ir.ts";
import { anyRuleSet } from "@merlon/compiler/testing/arbitrary-rule-set.ts";
import type { KernelEvent, KernelTuple } from "@merlon/gateway/kernel/kernel.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { closeFile, enterNamespace, networkNamespace, openFile } from "@merlon/gateway/kernel/libc.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { buildFrame, tcpFlags } from "./frames.ts";
import type { FrameContent } from "./frames.ts";
import { enterNetwork, inNetwork } from "./network-namespace.ts";
import { PacketSocket } from "./packet-socket.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const ruleSets = 100;
const lookupRuleSets = 60;
const lookupWays: readonly LookupOptions[] = [
  { stages: "per-width" },
  { stages: "one" },
  { stages: "boxes" },
  { stages: "boxes", boxes: { classMin: 1 } },
];
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
    await runIp([`netns add ${gateway}`, `netns add ${farSide}`]);
    await runIp(
      ports.map(
        ({ device, far, mac, farMac }) =>
          `link add ${device} netns ${gateway} address ${mac} type veth peer name ${far} netns ${farSide} address ${farMac}`,
      ),
    );
    await runIp(
      ports.map(({ far }) => `link set ${far} up`),
      farSide,
    );
    await runIp(
      [
        "link set lo up",
        ...ports.flatMap(({ device, farMac }) => [
          `link set ${device} up`,
          `neigh replace 192.0.2.1 lladdr ${farMac} dev ${device} nud permanent`,
          `neigh replace fe80::1 lladdr ${farMac} dev ${device} nud permanent`,
        ]),
      ],
      gateway,
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
    await runIp([`netns delete ${gateway}`, `netns delete ${farSide}`]);
  });

  test(`${ruleSets} rule sets, every zone pair`, { timeout: 170_000 }, async () => {
    await using tracks = await Tracks.open(sockets);
    const seed = Number(process.env["MERLON_SEED"] ?? Date.now() % 2 ** 31);
    for (const [round, sample] of fc.sample(anyIr, { numRuns: ruleSets, seed }).entries()) {
      const ir = audible(sample);
      await tracks.enforce(lowerTable(ir, round + 1));
      for (const [index, leaving] of ir.interfaces.entries()) {
        const entering = ir.interfaces[(index * 7 + round) % ir.interfaces.length];
        if (entering === undefined) continue;
        const headers = fc.sample(anyHeader, { numRuns: packetsPerPair, seed: seed + round * 10 + index });
        const wrong = await tracks.wrongFor(ir, { entering, leaving, headers, label: `${round}` });
        expect({ seed, round, wrong }).toEqual({ seed, round, wrong: [] });
      }
    }
    process.stdout.write(`reference ≡ kernel: ${tracks.summary}, seed ${seed}\n`);
    expect(tracks.packetCount).toBeGreaterThan(1_000);
  });

  test(`${lookupRuleSets} rule sets that are lookups, of every way`, { timeout: 170_000 }, async () => {
    await using tracks = await Tracks.open(sockets);
    const seed = Number(process.env["MERLON_SEED"] ?? Date.now() % 2 ** 31);
    const samples = fc.sample(anyRuleSet(packetsPerPair * 2), { numRuns: lookupRuleSets, seed });
    for (const [round, { ir, headers }] of samples.entries()) {
      const [entering, leaving] = ir.interfaces;
      if (entering === undefined || leaving === undefined) throw new Error("a rule set has two interfaces");
      const way = lookupWays[round % lookupWays.length];
      await tracks.enforce(lowerTable(ir, ruleSets + round + 1, way));
      const wrong = await tracks.wrongFor(ir, { entering, leaving, headers, label: `${round}` });
      expect({ seed, round, way, wrong }).toEqual({ seed, round, way, wrong: [] });
    }
    process.stdout.write(`reference ≡ kernel, lookups: ${tracks.summary}, seed ${seed}\n`);
    expect(tracks.packetCount).toBeGreaterThan(1_000);
  });
});

interface Crossing {
  readonly entering: IrInterface;
  readonly leaving: IrInterface;
  readonly headers: readonly Omit<FlowPacket, "fromZone" | "toZone">[];
  /** Tells rules of different rule sets apart when they are counted. */
  readonly label: string;
}

/** Sends packets through the kernel and reads from sessions and logged packets which rule each one met. */
class Tracks implements AsyncDisposable {
  readonly #kernel = new LinuxKernel();
  readonly #sockets: ReadonlyMap<string, PacketSocket>;
  readonly #traces = new Map<string, number[]>();
  readonly #rulesHit = new Set<string>();
  #watch: Disposable | undefined;
  packetCount = 0;

  private constructor(sockets: ReadonlyMap<string, PacketSocket>) {
    this.#sockets = sockets;
  }

  static async open(sockets: ReadonlyMap<string, PacketSocket>): Promise<Tracks> {
    const tracks = new Tracks(sockets);
    tracks.#watch = await tracks.#kernel.watch((event: KernelEvent) => {
      if (event.kind === "session-opened") tracks.#note(traceOf(event.session.original), event.session.mark);
      if (event.kind === "packet-logged") tracks.#note(traceOf(event.packet.tuple), event.packet.mark);
      if (event.kind === "events-lost") tracks.#note("lost", 0);
    });
    return tracks;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch?.[Symbol.dispose]();
  }

  get summary(): string {
    return `${this.packetCount} packets, ${this.#rulesHit.size} rules met`;
  }

  async enforce(table: NftTable): Promise<void> {
    const plan = planCommit(await this.#kernel.readTable(), table);
    await this.#kernel.applyTransaction(plan.install);
    await this.#kernel.applyTransaction(plan.sweep);
    const found = await this.#kernel.readTable();
    expect(found === undefined ? "no table" : diffTables(found, table)).toEqual([]);
  }

  /** Every packet whose trace is not exactly one, of the rule that the reference names. */
  async wrongFor(ir: Ir, { entering, leaving, headers, label }: Crossing) {
    const port = ports.find(({ device }) => device === entering.device);
    if (port === undefined) throw new Error(`there is no port ${entering.device}`);
    await runIp(
      [
        `route replace 8.0.0.0/6 via 192.0.2.1 dev ${leaving.device} onlink`,
        `route replace 2001::/16 via fe80::1 dev ${leaving.device} onlink`,
      ],
      gateway,
    );
    const packets = distinctPackets(headers);
    this.#traces.clear();
    for (const { header, content } of packets) {
      const frame = buildFrame({
        sourceMac: port.farMac,
        destinationMac: port.mac,
        source: formatIp(header.source),
        destination: formatIp(header.destination),
        content,
      });
      this.#sockets.get(port.far)?.send([frame]);
    }
    for (let wait = 0; wait < 100 && this.#traces.size < packets.length; wait++) await sleep(10);
    const context = ir.contexts.find((it) => it.fromZone === entering.zone && it.toZone === leaving.zone);
    const wrong = packets.flatMap(({ header, trace }) => {
      const decision = interpret(ir, { ...header, fromZone: entering.zone, toZone: leaving.zone });
      const expected = decision.kind === "rule" ? decision.rule.id : 0;
      const rule = context?.rules.find(({ id }) => id === expected);
      this.#rulesHit.add(`${label} ${expected}`);
      const found = this.#traces.get(trace) ?? [];
      // A refused TCP or UDP packet is logged once; a permitted one opens one session.
      return found.length === 1 && found[0] === expected
        ? []
        : [{ trace, expected, found, action: rule?.action, from: entering.zone, to: leaving.zone }];
    });
    this.packetCount += packets.length;
    await this.#kernel.endSessions(new Set(ir.contexts.flatMap(({ rules }) => rules.map(({ id }) => Number(id)))));
    return wrong;
  }

  #note(trace: string, mark: number): void {
    this.#traces.set(trace, [...(this.#traces.get(trace) ?? []), mark]);
  }
}
