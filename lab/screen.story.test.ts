// Screens on the real kernel, with packets that no honest stack sends. Every attack that one packet shows is dropped, counted
// and logged, and its nearest neighbour passes; what is above a threshold is cut, what is below is not.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import type { AttackName } from "@merlon/compiler/screen/attacks.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import {
  clientIpv4,
  clientIpv6,
  enableForwarding,
  serverIpv4,
  serverIpv6,
  StoryNetwork,
} from "@merlon/gateway/kernel/story-network.ts";
import { helloServer } from "@merlon/gateway/kernel/story-traffic.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";
import type { ScreenRecord } from "@merlon/gateway/log/screen-record.ts";
import { openGateway, TestClocks, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { attackHopLimit, attackPackets, fragments, frameOf } from "./attack-packets.ts";
import type { AttackPacket, Ends } from "./attack-packets.ts";
import { etherTypes, tcpFlags } from "./frames.ts";
import type { Frame, FrameContent } from "./frames.ts";
import { PacketSocket } from "./packet-socket.ts";

const base = `
set security zones security-zone client interfaces toclient
set security zones security-zone client screen edge
set security zones security-zone client host-inbound-traffic system-services all
set security zones security-zone server interfaces toserver
set security policies from-zone client to-zone server policy all match source-address any
set security policies from-zone client to-zone server policy all match destination-address any
set security policies from-zone client to-zone server policy all match application any
set security policies from-zone client to-zone server policy all then permit
`;

const translated = `
set security nat source rule-set s from zone client
set security nat source rule-set s to zone server
set security nat source rule-set s rule four match source-address 0.0.0.0/0
set security nat source rule-set s rule four then source-nat interface
set security nat source rule-set s rule six match source-address ::/0
set security nat source rule-set s rule six then source-nat interface
`;

/** The statement that each attack is checked for with. */
const statements: Partial<Record<AttackName, string>> = {
  "no-flag": "tcp tcp-no-flag",
  "syn-fin": "tcp syn-fin",
  "fin-no-ack": "tcp fin-no-ack",
  winnuke: "tcp winnuke",
  land: "tcp land",
  "syn-fragment": "tcp syn-frag",
  "icmp-large": "icmp large",
  "icmp-fragment": "icmp fragment",
  "ping-death": "icmp ping-death",
  "icmpv6-malformed": "icmp icmpv6-malformed",
  "record-route": "ip record-route-option",
  "loose-source-route": "ip loose-source-route-option",
  "strict-source-route": "ip strict-source-route-option",
  timestamp: "ip timestamp-option",
  security: "ip security-option",
  stream: "ip stream-option",
  "bad-option": "ip bad-option",
  "ipv6-hop-by-hop-option": "ip ipv6-extension-header hop-by-hop-header router-alert-option",
  "ipv6-destination-option": "ip ipv6-extension-header destination-header home-address-option",
  "ipv6-header-limit": "ip ipv6-extension-header-limit 1",
  "unknown-protocol": "ip unknown-protocol",
  "block-fragment": "ip block-frag",
};
const severalStatements: Partial<Record<AttackName, readonly string[]>> = {
  "ipv6-extension-header": ["ip ipv6-extension-header routing-header", "ip ipv6-extension-header mobility-header"],
  tunnel: [
    "ip tunnel ipip isatap",
    "ip tunnel gre gre-4in4",
    "ip tunnel gre gre-6in6",
    "ip tunnel ipip ipip-4in6",
    "ip tunnel ip-in-udp teredo",
  ],
};

function screenLines(...words: readonly string[]): string {
  return words.map((line) => `set security screen ids-option edge ${line}\n`).join("");
}

describe.skipIf(!enclosed)(`screens and packets${skipReason}`, () => {
  let network: StoryNetwork;
  let folder: string;
  let gateway: Gateway;
  let ends: Ends;
  let client: PacketSocket;
  let server: PacketSocket;
  let watch: Disposable;
  const records: ScreenRecord[] = [];

  beforeEach(async () => {
    network = await StoryNetwork.create();
    enableForwarding();
    folder = await mkdtemp(join(tmpdir(), "merlon-screen-"));
    gateway = await openGateway(new LinuxKernel(), folder, new TestClocks());
    const { links } = await gateway.kernel.readNetwork();
    const destinationMac = links.find(({ device }) => device === "toclient")?.macAddress ?? "";
    ends = {
      sourceMac: "02:00:00:00:00:01",
      destinationMac,
      source4: clientIpv4,
      destination4: serverIpv4,
      source6: clientIpv6,
      destination6: serverIpv6,
    };
    client = network.at("client", () => PacketSocket.open("eth0", { receives: false }));
    server = network.at("server", () => PacketSocket.open("eth0", { receives: true }));
    records.length = 0;
    watch = await gateway.kernel.watch((event) => {
      if (event.kind !== "packet-logged") return;
      const record = gateway.rules.screens.recordOf(event.packet, 0);
      if (record !== undefined) records.push(record);
    });
  });
  afterEach(async () => {
    watch[Symbol.dispose]();
    client[Symbol.dispose]();
    server[Symbol.dispose]();
    await network[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function start(screen: string): Promise<void> {
    const { tree } = loadConfiguration(emptyTree, base + screen, { action: "set", source: "story.conf" });
    const outcome = await gateway.commitInitial(tree, { user: "root", via: "boot" }, 1);
    expect(outcome).toMatchObject({ ok: true });
    // The gateway learns the server's address before packets wait for it.
    send([frame(4, udp(9)), frame(6, udp(9))]);
    await sleep(50);
    arrivals();
  }

  /** Makes these the only checks of the screen. */
  async function change(...words: readonly string[]): Promise<void> {
    const lines = ["description next", ...words].map((line) => `set security screen ids-option edge ${line}`);
    const typed = ["configure", "delete security screen ids-option edge", ...lines, "commit"];
    expect(await typeAs(gateway, "anna", ...typed)).toContain("commit complete");
  }

  function send(frames: readonly Uint8Array[]): void {
    expect(client.send(frames)).toBe(frames.length);
  }

  /** IP packets of the client that have come to the server. */
  function arrivals(): number {
    let count = 0;
    for (let batch = server.receive(); batch.length > 0; batch = server.receive()) {
      count += batch.filter((bytes) => isOurs(bytes)).length;
    }
    return count;
  }

  function frame(family: 4 | 6, content: FrameContent, more: Partial<Frame> = {}): Uint8Array {
    return frameOf(ends, family, content, more);
  }

  async function counts(): Promise<Readonly<Record<string, number>>> {
    const hits = await gateway.kernel.readHits("hits");
    const [screen] = gateway.running?.prepared.ir.screens ?? [];
    const entries = [...(screen?.ids ?? [])].map(([attack, id]): [string, number] => [
      attack,
      hits.get(id)?.packets ?? 0,
    ]);
    return Object.fromEntries(entries.filter(([, count]) => count > 0));
  }

  test("every attack that one packet shows is dropped, counted and logged, and its neighbour passes", async () => {
    await start(screenLines("description first"));
    const packets = attackPackets(ends);
    for (const attack of new Set(packets.map((packet) => packet.attack))) {
      const words = statements[attack];
      await change(...(severalStatements[attack] ?? (words === undefined ? [] : [words])));
      for (const packet of packets.filter((one) => one.attack === attack)) await expectCut(packet);
    }
    expect(new Set(records.map(({ attack }) => attack))).toEqual(new Set(packets.map(({ attack }) => attack)));
    expect(records.find(({ attack }) => attack === "winnuke")).toEqual({
      atMs: 0,
      attack: "winnuke",
      zone: "client",
      interface: "toclient.0",
      action: "drop",
      source: clientIpv4,
      sourcePort: 4_034,
      destination: serverIpv4,
      destinationPort: 139,
      protocol: 6,
    });
  }, 60_000);

  test("overlapping fragments are dropped, found and counted", async () => {
    await start(screenLines("ip tear-drop"));
    const told = async () => {
      const text = await typeAs(gateway, "anna", "show security screen statistics zone client");
      return ["", " \\(IPv4, all zones\\)"].map((more) => new RegExp(`IP tear drop${more} +(\\d+)\n`).exec(text)?.[1]);
    };
    const large = (family: 4 | 6) => frame(family, { ...udp(9), payload: new Uint8Array(64) } as FrameContent);
    send([...fragments(large(4), 32), ...fragments(large(6), 32).toReversed()]);
    await sleep(20);
    // The other side gets them as fragments again or as one packet, as its device wants it.
    expect(arrivals()).toBeGreaterThanOrEqual(2);
    expect(await told()).toEqual(["0", "0"]);
    send([...fragments(large(4), 32, 8), ...fragments(large(6), 32, 8).toReversed()]);
    await expect.poll(told).toEqual(["2", "1"]);
    expect(arrivals()).toBe(0);
    expect(records).toMatchObject([{ attack: "tear-drop", zone: "client", action: "drop", source: clientIpv4 }]);
  });

  test("with alarm-without-drop everything passes, and is counted and logged all the same", async () => {
    await start(
      screenLines("alarm-without-drop", "tcp tcp-no-flag", "icmp large", "ip spoofing", "udp flood threshold 5"),
    );
    const packets = attackPackets(ends).filter(({ attack }) => attack === "no-flag" || attack === "icmp-large");
    send(packets.flatMap(({ frames }) => frames));
    send(spoofed("10.2.1.77"));
    send(Array.from({ length: 20 }, () => frame(4, udp(53))));
    await sleep(30);
    // What has no flags belongs to no session, and the policy drops it behind the screen.
    expect(await counts()).toEqual({ "no-flag": 2, "icmp-large": 2, spoofing: 1, "udp-flood": 15 });
    expect(arrivals()).toBe(23);
    expect(new Set(records.map(({ action }) => action))).toEqual(new Set(["alarm-without-drop"]));
  });

  test("a source whose way back leads elsewhere is spoofed", async () => {
    await start(screenLines("ip spoofing"));
    const rows: readonly [source: string, passes: boolean][] = [
      [clientIpv4, true],
      ["10.1.1.99", true],
      ["10.2.1.77", false],
      ["8.8.8.8", false],
      [clientIpv6, true],
      ["fd00:2::77", false],
      ["2001:db8::1", false],
    ];
    for (const [source, passes] of rows) {
      send(spoofed(source));
      await sleep(5);
      expect([source, arrivals()]).toEqual([source, passes ? 1 : 0]);
    }
    expect(await counts()).toEqual({ spoofing: 4 });
  });

  test("floods are cut at their threshold, by address and port", async () => {
    await start(
      screenLines(
        "udp flood threshold 50",
        "icmp flood threshold 40",
        "tcp syn-flood destination-threshold 60",
        "tcp syn-flood attack-threshold 30",
      ),
    );
    for (const family of [4, 6] as const) {
      send(Array.from({ length: 200 }, () => frame(family, udp(53))));
      await sleep(10);
      const udpPassed = arrivals();
      send([frame(family, udp(54))]);
      send(Array.from({ length: 200 }, () => frame(family, echo(family))));
      await sleep(10);
      const icmpPassed = arrivals();
      expectBetween(udpPassed, 50, 60);
      expectBetween(icmpPassed, 41, 50);
    }
    const found = await counts();
    expectBetween(found["udp-flood"] ?? 0, 280, 300);
    expectBetween(found["icmp-flood"] ?? 0, 300, 320);
    // At most one record a second and attack tells of them, however many there were.
    expectBetween(records.length, 2, 6);
  });

  test("sweeps and scans are cut at the tenth target", async () => {
    await start(
      screenLines(
        "icmp ip-sweep threshold 1000000",
        "tcp tcp-sweep threshold 1000000",
        "udp udp-sweep threshold 1000000",
        "udp port-scan threshold 1000000",
        "tcp port-scan threshold 1000000",
      ),
    );
    const ports = Array.from({ length: 20 }, (_, at) => 1_000 + at);
    send(ports.map((port) => frame(4, udp(port))));
    send(ports.map((port) => frame(6, syn(port))));
    // To ports that it has asked already the source may speak on.
    send(ports.slice(0, 3).map((port) => frame(4, udp(port))));
    await sleep(20);
    // The first target of the source by UDP was the port that it began with.
    expect(arrivals()).toBe(8 + 9 + 3);
    const hosts = Array.from({ length: 20 }, (_, at) => `10.2.1.${100 + at}`);
    send(hosts.map((destination) => frame(4, echo(4), { destination })));
    send(hosts.map((destination) => frame(4, syn(80), { destination })));
    send(hosts.map((destination) => frame(4, udp(53), { destination })));
    await sleep(20);
    expect(await counts()).toEqual({
      "udp-port-scan": 12,
      "tcp-port-scan": 11,
      "icmp-sweep": 11,
      "tcp-sweep": 11,
      "udp-sweep": 12,
    });
  });

  test("sessions and rates of one address are limited, but not those of a white list", async () => {
    await start(
      `set security screen white-list trusted address 10.1.1.50/32
${screenLines(
  "limit-session source-ip-based 5",
  "limit-session by-destination by-protocol tcp session-rate 7",
  "limit-session by-source packet-rate 40",
  "limit-session by-source whitelist trusted",
)}`,
    );
    const sessions = (source: string, count: number, content: (port: number) => FrameContent) =>
      Array.from({ length: count }, (_, at) =>
        frame(source.includes(":") ? 6 : 4, { ...content(80), sourcePort: 6_000 + at } as FrameContent, { source }),
      );
    send(sessions("10.1.1.20", 12, udp));
    send(sessions("fd00:1::20", 12, udp));
    await sleep(20);
    expect(arrivals()).toBe(10);
    send(Array.from({ length: 12 }, (_, at) => sessions(`10.1.1.${30 + at}`, 1, syn)).flat());
    await sleep(20);
    expectBetween(arrivals(), 7, 8);
    const burst = (source: string) => Array.from({ length: 60 }, () => frame(4, udp(99), { source }));
    send([...burst("10.1.1.21"), ...burst("10.1.1.50")]);
    await sleep(20);
    expectBetween(arrivals(), 100, 104);
  });

  test("a commit that leaves numbers alone leaves counts and meters alone, and the table stays equal", async () => {
    await start(screenLines("udp flood threshold 50"));
    send(Array.from({ length: 100 }, () => frame(4, udp(53))));
    await sleep(10);
    expectBetween(arrivals(), 50, 55);
    await change("udp flood threshold 50", "tcp land");
    send(Array.from({ length: 100 }, () => frame(4, udp(53))));
    await sleep(10);
    expectBetween(arrivals(), 0, 25);
    const { running, kernel } = gateway;
    const table = await kernel.readTable();
    if (running === undefined || table === undefined) throw new Error("nothing is in force");
    expect(diffTables(table, lowerTable(running.prepared.ir, running.generation))).toEqual([]);
    expectBetween((await counts())["udp-flood"] ?? 0, 120, 150);
    const text = await typeAs(gateway, "anna", "show security screen statistics zone client");
    expect(text).toMatch(/UDP flood +1[2-5]\d\n/);
    await typeAs(gateway, "anna", "clear security screen statistics zone client");
    expect(await counts()).toEqual({});
  });

  test("above the attack threshold a SYN is answered with a cookie, and who brings it back has a session", async () => {
    await start(
      translated + screenLines("tcp syn-flood attack-threshold 20", "tcp syn-flood destination-threshold 100000"),
    );
    const child = network.at("server", () => startServer());
    await using _ = { [Symbol.asyncDispose]: () => child.stop() };
    await child.ready;
    // Who asks for the gateway's address only while the flood is on may wait a second for the answer.
    for (const address of [serverIpv4, serverIpv6]) {
      expect(await network.at("client", () => helloOf(address, 3_000))).toBe("hello");
    }
    for (const family of [4, 6] as const) {
      const address = family === 4 ? serverIpv4 : serverIpv6;
      send(synFlood(family));
      await sleep(20);
      expectBetween(arrivals(), 20, 60);
      // The server speaks first: it must have the acknowledgement of the gateway.
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => network.at("client", () => helloOf(address, 800))),
      );
      expect(answers).toEqual(["hello", "hello", "hello", "hello", "hello"]);
    }
    expectBetween((await counts())["syn-flood"] ?? 0, 3_800, 4_000);
    const policies = new Set<string | undefined>();
    // The server never sees who asked: neither in sessions that a packet began nor in those that a cookie opened.
    const seen = new Set<string>();
    for await (const sessions of gateway.kernel.dumpSessions()) {
      for (const { mark, reply } of sessions) {
        policies.add(gateway.rules.find(mark)?.policy.name);
        seen.add(formatIp(reply.destination));
      }
    }
    expect(policies).toEqual(new Set(["all"]));
    expect(seen).toEqual(new Set(["10.2.1.1", "fd00:2::1"]));
    await typeAs(
      gateway,
      "anna",
      "configure",
      "deactivate security policies from-zone client to-zone server policy all",
      "commit",
    );
    send(synFlood(4));
    await sleep(20);
    expectBetween(arrivals(), 0, 0);
    expect(await network.at("client", () => helloOf(serverIpv4, 300))).toBe("no answer");
  });

  /** 2,000 handshakes begun by as many sources. */
  function synFlood(family: 4 | 6): readonly Uint8Array[] {
    return Array.from({ length: 2_000 }, (_, at) => {
      const [high, low] = [2 + (at % 200), 1 + Math.floor(at / 200)];
      return frame(family, syn(80), { source: family === 4 ? `10.1.${high}.${low}` : `fd00:1::${high}:${low}` });
    });
  }

  function spoofed(source: string): readonly Uint8Array[] {
    return [frame(source.includes(":") ? 6 : 4, udp(7), { source })];
  }

  async function expectCut(packet: AttackPacket): Promise<void> {
    const title = `${packet.attack} ${packet.form ?? ""} IPv${packet.family}`;
    const before = (await counts())[packet.attack] ?? 0;
    send(packet.neighbour);
    await sleep(5);
    const passed = arrivals();
    send(packet.frames);
    await sleep(5);
    const cut = arrivals();
    const after = (await counts())[packet.attack] ?? 0;
    expect({ title, passed, cut, counted: after - before > 0 }).toEqual({
      title,
      passed: packet.neighbour.length,
      cut: 0,
      counted: true,
    });
  }
});

function udp(port: number): FrameContent {
  return { kind: "udp", sourcePort: 4_000, destinationPort: port, payload: new Uint8Array(4) };
}

function syn(port: number): FrameContent {
  const [sequence, acknowledgement] = [1, 0];
  const payload = new Uint8Array();
  return {
    kind: "tcp",
    sourcePort: 4_000,
    destinationPort: port,
    sequence,
    acknowledgement,
    flags: tcpFlags.syn,
    payload,
  };
}

function echo(family: 4 | 6): FrameContent {
  return { kind: "icmp", type: family === 4 ? 8 : 128, code: 0, body: new Uint8Array(12) };
}

function expectBetween(value: number, first: number, last: number): void {
  expect(value).toBeGreaterThanOrEqual(first);
  expect(value).toBeLessThanOrEqual(last);
}

/** By the hop limit that no stack begins with, one hop later. */
function isOurs(bytes: Uint8Array): boolean {
  const type = ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0);
  return bytes[type === etherTypes.ipv4 ? 22 : 21] === attackHopLimit - 1;
}

/** A program in the namespace that the thread is in, which answers every connection to port 80 with `hello`. */
function startServer() {
  const child = spawn(process.execPath, ["-e", helloServer], { stdio: ["ignore", "pipe", "inherit"] });
  const ready = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  return { ready, stop };
}

/** What a connection from the namespace that the thread is in is answered with. */
function helloOf(address: string, patienceMs: number): Promise<string> {
  const program = `
    const socket = require("node:net").connect(80, "${address}");
    socket.on("data", (data) => { process.stdout.write(data); });
    socket.on("error", (error) => { console.log(error.code); });
    setTimeout(() => { console.log("no answer"); process.exit(); }, ${patienceMs}).unref();`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (data: Buffer) => (text += data.toString()));
  return new Promise((resolve) => child.once("exit", () => resolve(text.trim())));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
