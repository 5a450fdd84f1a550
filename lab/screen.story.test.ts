// Screens on the real kernel, with packets that no honest stack sends. Every attack that one packet shows is dropped, counted
// and logged, and its nearest neighbour passes; above the attack threshold of a SYN flood cookies open sessions.

import { execFileSync, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import type { AttackName } from "@merlon/compiler/screen/attacks.ts";
import { clientIpv4, clientIpv6, serverIpv4, serverIpv6 } from "@merlon/gateway/kernel/story-network.ts";
import { helloServer } from "@merlon/gateway/kernel/story-traffic.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";
import { typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { attackPackets, fragments } from "./attack-packets.ts";
import type { AttackPacket } from "./attack-packets.ts";
import type { FrameContent } from "./frames.ts";
import { expectBetween, screenLines, ScreenNetwork, syn, udp } from "./screen-network.ts";

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
  "source-route": "ip source-route-option",
  spoofing: "ip spoofing",
  "ipv6-malformed-header": "ip ipv6-malformed-header",
  "unknown-protocol": "ip unknown-protocol",
  "block-fragment": "ip block-frag",
};

/** Where each form of an attack has a statement of its own. */
const statementOfForm: Partial<Record<AttackName, (form: string) => string>> = {
  "ipv6-extension-header": (form) =>
    `ip ipv6-extension-header ${form === "by number" ? "user-defined-header-type 140" : `${form}-header`}`,
  tunnel: (form) => `ip tunnel ${form.startsWith("gre") ? "gre" : form === "teredo" ? "ip-in-udp" : "ipip"} ${form}`,
};

describe.skipIf(!enclosed)(`screens and packets${skipReason}`, () => {
  let net: ScreenNetwork;
  beforeEach(async () => {
    net = await ScreenNetwork.create();
  });
  afterEach(() => net[Symbol.asyncDispose]());

  test("every attack that one packet shows is dropped, counted and logged, and its neighbour passes", async () => {
    await net.start(screenLines("description first"));
    const packets = attackPackets(net.ends);
    let current: string | undefined;
    for (const packet of packets) {
      const words = statementOfForm[packet.attack]?.(packet.form ?? "") ?? statements[packet.attack];
      if (words === undefined) throw new Error(`no statement checks for ${packet.attack}`);
      if (words !== current) await net.change(words);
      current = words;
      await expectCut(packet);
    }
    expect(new Set(net.records.map(({ attack }) => attack))).toEqual(new Set(packets.map(({ attack }) => attack)));
    expect(net.records.find(({ attack }) => attack === "winnuke")).toEqual({
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

  test("nft lists a table that looks for misplaced headers and limits sessions, as text and as JSON", async () => {
    await net.start(screenLines("ip ipv6-malformed-header", "limit-session destination-ip-based 9"));
    const listed = (...options: readonly string[]) => execFileSync("nft", [...options, "list", "ruleset"]).toString();
    expect(listed()).toMatch(/dst nexthdr @screen_ipv6_misplaced[^]*ct state new ct status ! confirmed/);
    expect(listed("-j")).toContain("screen_ipv6_misplaced");
  });

  test("overlapping fragments are dropped, found and counted", async () => {
    await net.start(screenLines("ip tear-drop"));
    const told = async () => {
      const text = await typeAs(net.gateway, "anna", "show security screen statistics zone client");
      return ["", " \\(IPv4, all zones\\)"].map((more) => new RegExp(`IP tear drop${more} +(\\d+)\n`).exec(text)?.[1]);
    };
    const large = (family: 4 | 6) => net.frame(family, { ...udp(9), payload: new Uint8Array(64) } as FrameContent);
    net.send([...fragments(large(4), 32), ...fragments(large(6), 32).toReversed()]);
    await sleep(20);
    // The other side gets them as fragments again or as one packet, as its device wants it.
    expect(net.arrivals()).toBeGreaterThanOrEqual(2);
    expect(await told()).toEqual(["0", "0"]);
    net.send([...fragments(large(4), 32, 8), ...fragments(large(6), 32, 8).toReversed()]);
    await expect.poll(told).toEqual(["2", "1"]);
    expect(net.arrivals()).toBe(0);
    expect(net.records).toMatchObject([{ attack: "tear-drop", zone: "client", action: "drop", source: clientIpv4 }]);
  });

  test("with alarm-without-drop everything passes, and is counted and logged all the same", async () => {
    await net.start(
      screenLines("alarm-without-drop", "tcp tcp-no-flag", "icmp large", "ip spoofing", "udp flood threshold 5"),
    );
    const packets = attackPackets(net.ends).filter(({ attack }) => attack === "no-flag" || attack === "icmp-large");
    net.send(packets.flatMap(({ frames }) => frames));
    net.send(spoofed("10.2.1.77"));
    net.send(Array.from({ length: 20 }, () => net.frame(4, udp(53))));
    await sleep(30);
    // What has no flags belongs to no session, and the policy drops it behind the screen.
    expect(await net.counts()).toEqual({ "no-flag": 2, "icmp-large": 2, spoofing: 1, "udp-flood": 15 });
    expect(net.arrivals()).toBe(23);
    expect(new Set(net.records.map(({ action }) => action))).toEqual(new Set(["alarm-without-drop"]));
  });

  test("a source whose way back leads elsewhere is spoofed", async () => {
    await net.start(screenLines("ip spoofing"));
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
      net.send(spoofed(source));
      await sleep(5);
      expect([source, net.arrivals()]).toEqual([source, passes ? 1 : 0]);
    }
    expect(await net.counts()).toEqual({ spoofing: 4 });
  });

  test("a commit that leaves numbers alone leaves counts and meters alone, and the table stays equal", async () => {
    await net.start(screenLines("udp flood threshold 50"));
    net.send(Array.from({ length: 100 }, () => net.frame(4, udp(53))));
    await sleep(10);
    expectBetween(net.arrivals(), 50, 55);
    await net.change("udp flood threshold 50", "tcp land");
    net.send(Array.from({ length: 100 }, () => net.frame(4, udp(53))));
    await sleep(10);
    expectBetween(net.arrivals(), 0, 25);
    const { running, kernel } = net.gateway;
    const table = await kernel.readTable();
    if (running === undefined || table === undefined) throw new Error("nothing is in force");
    expect(diffTables(table, lowerTable(running.prepared.ir, running.generation))).toEqual([]);
    expectBetween((await net.counts())["udp-flood"] ?? 0, 120, 150);
    const text = await typeAs(net.gateway, "anna", "show security screen statistics zone client");
    expect(text).toMatch(/UDP flood +1[2-5]\d\n/);
    await typeAs(net.gateway, "anna", "clear security screen statistics zone client");
    expect(await net.counts()).toEqual({});
  });

  test("above the attack threshold a SYN is answered with a cookie, and who brings it back has a session", async () => {
    await net.start(
      translated + screenLines("tcp syn-flood attack-threshold 20", "tcp syn-flood destination-threshold 100000"),
    );
    const child = net.network.at("server", () => startServer());
    await using _ = { [Symbol.asyncDispose]: () => child.stop() };
    await child.ready;
    // Who asks for the gateway's address only while the flood is on may wait a second for the answer.
    for (const address of [serverIpv4, serverIpv6]) {
      expect(await net.network.at("client", () => helloOf(address, 3_000))).toBe("hello");
    }
    for (const family of [4, 6] as const) {
      const address = family === 4 ? serverIpv4 : serverIpv6;
      net.send(synFlood(family));
      await sleep(20);
      expectBetween(net.arrivals(), 20, 60);
      // The server speaks first: it must have the acknowledgement of the net.gateway.
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => net.network.at("client", () => helloOf(address, 800))),
      );
      expect(answers).toEqual(["hello", "hello", "hello", "hello", "hello"]);
    }
    expectBetween((await net.counts())["syn-flood"] ?? 0, 3_800, 4_000);
    const policies = new Set<string | undefined>();
    // The server never sees who asked: neither in sessions that a packet began nor in those that a cookie opened.
    const seen = new Set<string>();
    for await (const sessions of net.gateway.kernel.dumpSessions()) {
      for (const { mark, reply } of sessions) {
        policies.add(net.gateway.rules.find(mark)?.policy.name);
        seen.add(formatIp(reply.destination));
      }
    }
    expect(policies).toEqual(new Set(["all"]));
    expect(seen).toEqual(new Set(["10.2.1.1", "fd00:2::1"]));
    await typeAs(
      net.gateway,
      "anna",
      "configure",
      "deactivate security policies from-zone client to-zone server policy all",
      "commit",
    );
    net.send(synFlood(4));
    await sleep(20);
    expectBetween(net.arrivals(), 0, 0);
    expect(await net.network.at("client", () => helloOf(serverIpv4, 300))).toBe("no answer");
  });

  /** 2,000 handshakes begun by as many sources. */
  function synFlood(family: 4 | 6): readonly Uint8Array[] {
    return Array.from({ length: 2_000 }, (_, at) => {
      const [high, low] = [2 + (at % 200), 1 + Math.floor(at / 200)];
      return net.frame(family, syn(80), { source: family === 4 ? `10.1.${high}.${low}` : `fd00:1::${high}:${low}` });
    });
  }

  function spoofed(source: string): readonly Uint8Array[] {
    return [net.frame(source.includes(":") ? 6 : 4, udp(7), { source })];
  }

  async function expectCut(packet: AttackPacket): Promise<void> {
    const title = `${packet.attack} ${packet.form ?? ""} IPv${packet.family}`;
    const before = (await net.counts())[packet.attack] ?? 0;
    net.send(packet.neighbour);
    await sleep(5);
    const passed = net.arrivals();
    net.send(packet.frames);
    await sleep(5);
    const cut = net.arrivals();
    const after = (await net.counts())[packet.attack] ?? 0;
    expect({ title, passed, cut, counted: after - before > 0 }).toEqual({
      title,
      passed: packet.neighbour.length,
      cut: 0,
      counted: true,
    });
  }
});

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
