// What screens count, on the real kernel: floods, sweeps, scans, and sessions of one address. What is above a threshold is cut,
// what is below is not.

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clientIpv4 } from "@merlon/gateway/kernel/story-network.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";
import { typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import type { FrameContent } from "./frames.ts";
import { echo, expectBetween, screenLines, ScreenNetwork, syn, udp } from "./screen-network.ts";

describe.skipIf(!enclosed)(`screens and rates${skipReason}`, () => {
  let net: ScreenNetwork;
  beforeEach(async () => {
    net = await ScreenNetwork.create();
  });
  afterEach(() => net[Symbol.asyncDispose]());

  test("floods are cut at their threshold, by address and port", async () => {
    await net.start(
      screenLines(
        "udp flood threshold 50",
        "icmp flood threshold 40",
        "tcp syn-flood destination-threshold 60",
        "tcp syn-flood attack-threshold 30",
      ),
    );
    for (const family of [4, 6] as const) {
      net.send(Array.from({ length: 200 }, () => net.frame(family, udp(53))));
      await sleep(10);
      const udpPassed = net.arrivals();
      net.send([net.frame(family, udp(54))]);
      net.send(Array.from({ length: 200 }, () => net.frame(family, echo(family))));
      await sleep(10);
      const icmpPassed = net.arrivals();
      expectBetween(udpPassed, 50, 60);
      expectBetween(icmpPassed, 41, 50);
    }
    const found = await net.counts();
    expectBetween(found["udp-flood"] ?? 0, 280, 300);
    expectBetween(found["icmp-flood"] ?? 0, 300, 320);
    // At most one record a second and attack tells of them, however many there were.
    expectBetween(net.records.length, 2, 6);
  });

  test("handshakes are cut at the threshold of their source, whoever they go to, and others may begin theirs", async () => {
    await net.start(
      screenLines(
        "tcp syn-flood source-threshold 30",
        "tcp syn-flood attack-threshold 100000",
        "tcp syn-flood destination-threshold 100000",
      ),
    );
    for (const family of [4, 6] as const) {
      const other = family === 4 ? "10.1.1.77" : "fd00:1::77";
      net.send(Array.from({ length: 100 }, (_, at) => net.frame(family, syn(1_000 + at))));
      await sleep(20);
      const passed = net.arrivals();
      net.send(Array.from({ length: 10 }, (_, at) => net.frame(family, syn(2_000 + at), { source: other })));
      await sleep(20);
      expectBetween(passed, 30, 40);
      expect(net.arrivals()).toBe(10);
    }
    const found = await net.counts();
    expectBetween(found["syn-flood-source"] ?? 0, 120, 140);
    expect(Object.keys(found)).toEqual(["syn-flood-source"]);
    expect(net.records[0]).toMatchObject({
      attack: "syn-flood-source",
      zone: "client",
      action: "drop",
      source: clientIpv4,
    });
    expect(await typeAs(net.gateway, "anna", "show security screen statistics zone client")).toMatch(
      /SYN flood source +1[2-4]\d\n/,
    );
  });

  test("sessions to one address are limited, whoever begins them", async () => {
    await net.start(screenLines("limit-session destination-ip-based 5"));
    // The session by which the net.gateway learned the server's address is the first.
    const rows: readonly [family: 4 | 6, sources: (at: number) => string, neighbour: string][] = [
      [4, (at) => `10.1.1.${20 + at}`, "10.2.1.99"],
      [6, (at) => `fd00:1::${20 + at}`, "fd00:2::99"],
    ];
    for (const [family, sourceAt, neighbour] of rows) {
      net.send(Array.from({ length: 12 }, (_, at) => net.frame(family, udp(80), { source: sourceAt(at) })));
      await sleep(20);
      expect(net.arrivals()).toBe(4);
      // What belongs to a session goes on, and so does what goes elsewhere.
      net.send([net.frame(family, udp(80), { source: sourceAt(0) })]);
      await sleep(20);
      expect(net.arrivals()).toBe(1);
      const before = (await net.counts())["destination-session-limit"] ?? 0;
      net.send([net.frame(family, udp(80), { source: sourceAt(11), destination: neighbour })]);
      await sleep(20);
      expect((await net.counts())["destination-session-limit"] ?? 0).toBe(before);
    }
    expect(await net.counts()).toEqual({ "destination-session-limit": 16 });
    expect(new Set(net.records.map(({ attack }) => attack))).toEqual(new Set(["destination-session-limit"]));
    expect(await typeAs(net.gateway, "anna", "show security screen statistics zone client")).toMatch(
      /Destination session limit +16\n/,
    );
    // Sessions that end make room for others; the kernel looks for some of them at a time (nf_conncount_add).
    expect(await typeAs(net.gateway, "anna", "clear security flow session all")).toMatch(/^12 /);
    for (let at = 0; at < 12; at++) {
      net.send([net.frame(4, udp(80), { source: `10.1.1.${60 + at}` })]);
      await sleep(10);
    }
    expect(net.arrivals()).toBe(5);
  });

  test("sweeps and scans are cut at the tenth target", async () => {
    await net.start(
      screenLines(
        "icmp ip-sweep threshold 1000000",
        "tcp tcp-sweep threshold 1000000",
        "udp udp-sweep threshold 1000000",
        "udp port-scan threshold 1000000",
        "tcp port-scan threshold 1000000",
      ),
    );
    const ports = Array.from({ length: 20 }, (_, at) => 1_000 + at);
    net.send(ports.map((port) => net.frame(4, udp(port))));
    net.send(ports.map((port) => net.frame(6, syn(port))));
    // To ports that it has asked already the source may speak on.
    net.send(ports.slice(0, 3).map((port) => net.frame(4, udp(port))));
    await sleep(20);
    // The first target of the source by UDP was the port that it began with.
    expect(net.arrivals()).toBe(8 + 9 + 3);
    const hosts = Array.from({ length: 20 }, (_, at) => `10.2.1.${100 + at}`);
    net.send(hosts.map((destination) => net.frame(4, echo(4), { destination })));
    net.send(hosts.map((destination) => net.frame(4, syn(80), { destination })));
    net.send(hosts.map((destination) => net.frame(4, udp(53), { destination })));
    await sleep(20);
    expect(await net.counts()).toEqual({
      "udp-port-scan": 12,
      "tcp-port-scan": 11,
      "icmp-sweep": 11,
      "tcp-sweep": 11,
      "udp-sweep": 12,
    });
  });

  test("sessions and rates of one address are limited, but not those of a white list", async () => {
    await net.start(
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
        net.frame(source.includes(":") ? 6 : 4, { ...content(80), sourcePort: 6_000 + at } as FrameContent, { source }),
      );
    net.send(sessions("10.1.1.20", 12, udp));
    net.send(sessions("fd00:1::20", 12, udp));
    await sleep(20);
    expect(net.arrivals()).toBe(10);
    net.send(Array.from({ length: 12 }, (_, at) => sessions(`10.1.1.${30 + at}`, 1, syn)).flat());
    await sleep(20);
    expectBetween(net.arrivals(), 7, 8);
    const burst = (source: string) => Array.from({ length: 60 }, () => net.frame(4, udp(99), { source }));
    net.send([...burst("10.1.1.21"), ...burst("10.1.1.50")]);
    await sleep(20);
    expectBetween(net.arrivals(), 100, 104);
  });
});
