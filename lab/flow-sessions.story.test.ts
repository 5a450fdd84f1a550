// How sessions live and end on the real kernel, with real connections: why each one ended, what TCP must show to begin,
// and how large its segments may be.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import {
  clientIpv4,
  clientIpv6,
  loadRuleset,
  serverIpv4,
  serverIpv6,
  StoryNetwork,
} from "@merlon/gateway/kernel/story-network.ts";
import { openUdpSocket, sendUdp } from "@merlon/gateway/kernel/story-traffic.ts";
import { flowRecordOf } from "@merlon/gateway/log/flow-log.ts";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import { openGateway, TestClocks, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { buildFrame, tcpFlags } from "./frames.ts";
import { PacketSocket } from "./packet-socket.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const patience = { timeout: 8_000, interval: 50 };

const zones = `
set security zones security-zone client interfaces toclient
set security zones security-zone server interfaces toserver
`;

function policy(name: string, port: number, ...then: readonly string[]): string {
  const place = `security policies from-zone client to-zone server policy ${name}`;
  return [
    `applications application ${name} term t protocol tcp destination-port ${port}`,
    `applications application ${name} term u protocol udp destination-port ${port} inactivity-timeout 4`,
    `${place} match source-address any`,
    `${place} match destination-address any`,
    `${place} match application ${name}`,
    ...(then.length === 0 ? ["permit"] : then).map((action) => `${place} then ${action}`),
    `${place} then log session-init`,
    `${place} then log session-close`,
  ]
    .map((line) => `set ${line}\n`)
    .join("");
}

/** By the real clock: the kernel stamps the end of a session with it. */
class RealClocks extends TestClocks {
  override readonly nowMs = (): number => Date.now();
}

describe.skipIf(!enclosed)("sessions (runs in tools/setup/enclose.sh)", () => {
  let stack: AsyncDisposableStack;
  let network: StoryNetwork;
  let gateway: Gateway;
  let records: FlowRecord[];

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    network = stack.use(await StoryNetwork.create());
    const folder = await mkdtemp(join(tmpdir(), "merlon-flow-"));
    stack.defer(() => rm(folder, { recursive: true }));
    gateway = await openGateway(new LinuxKernel(), folder, new RealClocks());
    records = [];
    stack.use(
      await gateway.kernel.watch((event) => {
        const record = flowRecordOf(event, gateway);
        if (record !== undefined) records.push(record);
      }),
    );
  });
  afterEach(() => stack.disposeAsync());

  const start = async (text: string): Promise<void> => {
    await boot(gateway, { text: zones + text, source: "story.conf" });
    expect(gateway.alarms.list()).toEqual([]);
  };
  const commit = async (...lines: readonly string[]): Promise<void> => {
    expect(
      await typeAs(gateway, "anna", "configure", ...lines.flatMap((line) => line.trim().split("\n")), "commit"),
    ).toContain("commit complete");
  };
  const run = async (place: "client" | "server", program: string): Promise<void> => {
    const child = network.at(place, () =>
      spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    stack.defer(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
  };
  const listen = (...ports: readonly number[]): Promise<void> =>
    run(
      "server",
      `let left = ${ports.length};
       for (const port of ${JSON.stringify(ports)})
         require("node:net").createServer((s) => s.on("error", () => {}).resume()).listen(port, () => --left || console.log("ready"));`,
    );
  /** Once a dump has passed by, the kernel has told of all that is over. */
  const closedNow = async (): Promise<readonly FlowRecord[]> => {
    for await (const _ of gateway.kernel.dumpSessions());
    return records.filter(({ kind }) => kind === "session-close");
  };
  const reasons = async () =>
    Object.fromEntries((await closedNow()).map(({ policy: { name }, reason }) => [name, reason]));

  test("each end has its reason, and says what passed", async () => {
    await start(
      policy("finished", 8001) +
        policy("six", 8002) +
        policy("reset", 8003) +
        policy("idle", 8004) +
        policy("cleared", 8005) +
        policy("deleted", 8006) +
        policy("denied", 8007) +
        policy("rematched", 8008) +
        "set security flow tcp-session rst-invalidate-session\nset security policies policy-rematch\n",
    );
    await listen(8001, 8002, 8003, 8005, 8006, 8007, 8008);
    await run(
      "client",
      `const net = require("node:net");
       let left = 7;
       const open = (port, then, to = "${serverIpv4}") => {
         const s = net.connect(port, to, () => { s.write("hello"); setTimeout(() => { then(s); --left || console.log("ready"); }, 50); });
         s.on("error", () => {}).resume();
       };
       open(8001, (s) => s.end());
       open(8002, (s) => s.end(), "${serverIpv6}");
       open(8003, (s) => s.resetAndDestroy());
       for (const port of [8005, 8006, 8007, 8008]) open(port, () => {});`,
    );
    const socket = network.at("client", () => openUdpSocket(4));
    stack.defer(() => closeFile(socket));
    sendUdp(socket, serverIpv4, 8004, new Uint8Array(12));
    await expect.poll(() => records.filter(({ kind }) => kind === "session-create").length, patience).toBe(8);

    expect(await typeAs(gateway, "anna", "clear security flow session destination-port 8005")).toBe(
      "1 active sessions cleared\n",
    );
    const place = "security policies from-zone client to-zone server policy";
    await commit(
      `delete ${place} deleted`,
      `delete ${place} denied then permit`,
      `set ${place} denied then deny`,
      `set ${place} rematched match source-address elsewhere`,
      "set security address-book global address elsewhere 192.0.2.1/32",
      `delete ${place} rematched match source-address any`,
    );
    await expect.poll(reasons, patience).toEqual({
      finished: "TCP FIN",
      six: "TCP FIN",
      reset: "TCP RST",
      cleared: "CLI",
      deleted: "policy deleted",
      denied: "policy changed",
      rematched: "policy changed",
      idle: "idle Timeout",
    });
    const closed = new Map((await closedNow()).map((record) => [record.policy.name, record]));
    expect(closed.get("six")).toMatchObject({
      source: clientIpv6,
      destination: serverIpv6,
      destinationPort: 8002,
      fromZone: "client",
      toZone: "server",
      packetsFromClient: expect.toSatisfy((count: number) => count >= 4),
      packetsFromServer: expect.toSatisfy((count: number) => count >= 2),
      bytesFromClient: expect.toSatisfy((count: number) => count > 4 * 60 + 5),
    });
    const idle = closed.get("idle");
    expect(idle).toMatchObject({ packetsFromClient: 1, bytesFromClient: 40, packetsFromServer: 0 });
    // The kernel counts the four seconds in ticks of its own clock.
    expect(idle?.elapsedSeconds).toSatisfy((seconds: number) => seconds === 3 || seconds === 4);
    // Told late, but stamped with the second in which it was over.
    expect((idle?.atMs ?? 0) - (records.find(({ policy: { name } }) => name === "idle")?.atMs ?? 0)).toBeLessThan(
      4_300,
    );
  }, 30_000);

  test("a session whose end is in another zone now is over, and the others go on", async () => {
    await start(
      policy("stays", 8201) +
        policy("moves", 8202) +
        "set routing-options static route 203.0.113.0/24 next-hop 10.2.1.2\n",
    );
    const socket = network.at("client", () => openUdpSocket(4));
    stack.defer(() => closeFile(socket));
    const open = async (address: string, port: number): Promise<void> => {
      const before = records.filter(({ kind }) => kind === "session-create").length;
      sendUdp(socket, address, port, new Uint8Array(12));
      await expect
        .poll(() => records.filter(({ kind }) => kind === "session-create").length, patience)
        .toBe(before + 1);
    };
    await open(serverIpv4, 8201);
    await open("203.0.113.9", 8202);
    // Behind the client's interface now; idle times of four seconds are far away.
    await commit(
      "delete routing-options static route 203.0.113.0/24 next-hop",
      "set routing-options static route 203.0.113.0/24 next-hop 10.1.1.2",
    );
    await expect.poll(reasons, patience).toEqual({ moves: "zone changed" });
    await commit(
      "delete security zones security-zone server interfaces toserver",
      "set security zones security-zone dmz interfaces toserver",
    );
    await expect.poll(reasons, patience).toEqual({ moves: "zone changed", stays: "zone changed" });
  }, 30_000);

  test("a session begins with SYN, unless nobody asks; settings follow every commit", async () => {
    await start(policy("free", 8101) + policy("strict", 8102, "permit tcp-options syn-check-required"));
    // A reset would end a session before anybody has seen it.
    await network.at("server", () =>
      loadRuleset("table inet mute { chain input { type filter hook input priority 0; meta l4proto tcp drop; }; }"),
    );
    const setting = (name: string) => gateway.kernel.readSysctl(`net.netfilter.nf_conntrack_tcp_${name}`);
    const macOf = async (device: string) =>
      (await gateway.kernel.readNetwork()).links.find((link) => link.device === device)?.macAddress ?? "";
    const destinationMac = await macOf("toclient");
    using client = network.at("client", () => PacketSocket.open("eth0", { receives: false }));
    let sourcePort = 50_000;
    /** Whether a session stands for what was sent. */
    const opens = async (port: number, flags: number, family: 4 | 6 = 4): Promise<boolean> => {
      sourcePort++;
      const [source, destination] = family === 4 ? [clientIpv4, serverIpv4] : [clientIpv6, serverIpv6];
      const content = {
        kind: "tcp" as const,
        sourcePort,
        destinationPort: port,
        sequence: 1_000,
        acknowledgement: 2_000,
        flags,
        payload: new Uint8Array(0),
      };
      client.send([buildFrame({ sourceMac: "02:00:00:00:00:01", destinationMac, source, destination, content })]);
      for await (const sessions of gateway.kernel.dumpSessions()) {
        if (sessions.some(({ original }) => original.sourcePort === sourcePort)) return true;
      }
      return false;
    };
    const both = async (flags: number, family: 4 | 6 = 4) => [
      await opens(8101, flags, family),
      await opens(8102, flags, family),
    ];
    expect(await setting("loose")).toBe("0");
    expect(await both(tcpFlags.syn)).toEqual([true, true]);
    expect(await both(tcpFlags.ack)).toEqual([false, false]);
    await commit(
      "set security flow tcp-session no-syn-check",
      "set security flow tcp-session no-sequence-check",
      "set security flow tcp-session tcp-initial-timeout 5",
      "set security flow tcp-session time-wait-state session-timeout 7",
    );
    expect(await Promise.all(["loose", "be_liberal", "timeout_syn_sent", "timeout_time_wait"].map(setting))).toEqual([
      "1",
      "1",
      "5",
      "7",
    ]);
    expect(await both(tcpFlags.syn)).toEqual([true, true]);
    expect(await both(tcpFlags.ack)).toEqual([true, false]);
    expect(await both(tcpFlags.ack, 6)).toEqual([true, false]);
    // Where the zone says so, the sender of a segment without a session is told; the answer is seen at the client.
    using listener = network.at("client", () => PacketSocket.open("eth0", { receives: true }));
    await commit("delete security flow tcp-session", "set security zones security-zone client tcp-rst");
    listener.receive();
    expect(await both(tcpFlags.ack)).toEqual([false, false]);
    expect(await both(tcpFlags.ack, 6)).toEqual([false, false]);
    // The gateway may have to ask first who has the client's address.
    const seen: number[] = [];
    const seenSoFar = () => {
      seen.push(...flagsSeen(listener));
      return seen.length;
    };
    await expect.poll(seenSoFar, patience).toBe(4);
    expect(new Set(seen)).toEqual(new Set([tcpFlags.rst]));
    await commit("delete security zones security-zone client tcp-rst");
    expect(await both(tcpFlags.ack)).toEqual([false, false]);
    expect(await Promise.all(["loose", "be_liberal", "timeout_syn_sent", "timeout_time_wait"].map(setting))).toEqual([
      "0",
      "0",
      "20",
      "2",
    ]);
    // What somebody else sets is put right by the next start at the latest.
    await gateway.kernel.writeSysctl("net.netfilter.nf_conntrack_tcp_loose", "1");
    await gateway.repair();
    expect(await setting("loose")).toBe("0");
  });

  test("segments are as large as policies and the configuration allow", async () => {
    await start(
      policy("own", 8201, "permit tcp-options initial-tcp-mss 1200", "permit tcp-options reverse-tcp-mss 1100") +
        policy("other", 8202) +
        "set security flow tcp-mss all-tcp mss 1350\n",
    );
    await listen(8201, 8202);
    using server = network.at("server", () => PacketSocket.open("eth0", { receives: true }));
    using client = network.at("client", () => PacketSocket.open("eth0", { receives: true }));
    const connect = (port: number, to: string): Promise<void> =>
      run("client", `require("node:net").connect(${port}, "${to}", () => console.log("ready"));`);
    await connect(8201, serverIpv4);
    await connect(8201, serverIpv6);
    await connect(8202, serverIpv4);
    await connect(8202, serverIpv6);
    expect(segmentSizes(server)).toEqual([1200, 1200, 1350, 1350]);
    expect(segmentSizes(client)).toEqual([1100, 1100, 1350, 1350]);
    await commit(
      "delete security flow tcp-mss",
      "delete security policies from-zone client to-zone server policy own then permit tcp-options",
    );
    expect(await gateway.kernel.readTable()).toMatchObject({
      chains: expect.not.arrayContaining([expect.objectContaining({ name: expect.stringMatching(/^segments/) })]),
    });
    await connect(8201, serverIpv4);
    expect(segmentSizes(server)).toEqual([1460]);
    expect(segmentSizes(client)).toEqual([1460]);
  });
});

/** The flags of the segments that have come. */
function flagsSeen(socket: PacketSocket): readonly number[] {
  const flags: number[] = [];
  for (let frames = socket.receive(); frames.length > 0; frames = socket.receive()) {
    for (const frame of frames) {
      const segment = segmentOf(frame);
      if (segment !== undefined) flags.push(segment.view.getUint8(segment.at + 13));
    }
  }
  return flags;
}

/** Where the segment of TCP begins in a frame. */
function segmentOf(frame: Uint8Array): { readonly view: DataView; readonly at: number } | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const six = view.getUint16(12) === 0x86dd;
  if (!six && view.getUint16(12) !== 0x0800) return undefined;
  const at = 14 + (six ? 40 : (view.getUint8(14) & 15) * 4);
  return view.getUint8(14 + (six ? 6 : 9)) === 6 ? { view, at } : undefined;
}

/** What the SYNs that have come say of the largest segment (RFC 9293 section 3.7.1). */
function segmentSizes(socket: PacketSocket): readonly number[] {
  const sizes: number[] = [];
  for (let frames = socket.receive(); frames.length > 0; frames = socket.receive()) {
    for (const frame of frames) {
      const segment = segmentOf(frame);
      if (segment === undefined || (segment.view.getUint8(segment.at + 13) & tcpFlags.syn) === 0) continue;
      const { view, at } = segment;
      const end = at + (view.getUint8(at + 12) >>> 4) * 4;
      for (let option = at + 20; option < end; option += view.getUint8(option) === 1 ? 1 : view.getUint8(option + 1)) {
        if (view.getUint8(option) === 2) sizes.push(view.getUint16(option + 2));
      }
    }
  }
  return sizes;
}
