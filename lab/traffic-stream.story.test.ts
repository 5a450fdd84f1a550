// The tools of the packet stories must be exact before a story may rely on them: what a stream says it sent is what a
// receiver behind a plain router counts, and what a packet socket sends is what another one receives.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildNetwork, removeNetwork } from "./build-network.ts";
import { buildFrame } from "./frames.ts";
import { inNetwork } from "./network-namespace.ts";
import { countPackets, readPacketCounts } from "./packet-count.ts";
import { PacketSocket } from "./packet-socket.ts";
import { parseFrame } from "./parse-frame.ts";
import { startPlainRouter } from "./plain-router.ts";
import { families, hostOf, zoneOf } from "./topology.ts";
import type { Family } from "./topology.ts";
import { TrafficStream } from "./traffic-stream.ts";
import type { TrafficStreamOptions } from "./traffic-stream.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const from = hostOf("app-server");
const to = hostOf("internet");

function options(family: Family, change: Partial<TrafficStreamOptions> = {}): TrafficStreamOptions {
  return {
    network: from.name,
    device: "eth0",
    sourceMac: from.mac,
    destinationMac: zoneOf(from.zone).gatewayMac,
    sources: [from.addresses[family]],
    destination: to.addresses[family],
    allowedPort: 53,
    deniedPort: 54,
    ratePerSecond: 5_000,
    durationMs: 1_000,
    ...change,
  };
}

describe.skipIf(!enclosed)("streams and packet sockets (need tools/setup/enclose.sh)", () => {
  beforeAll(async () => {
    await buildNetwork();
    await startPlainRouter();
  });
  afterAll(() => removeNetwork());

  test.each(families)("every packet of a stream over IPv%i is counted at its port", async (family) => {
    await countPackets(to.name, [53, 54]);
    await using stream = await TrafficStream.start(options(family));
    const report = await stream.ended;
    expect(report.allowedSent + report.deniedSent).toBeGreaterThan(4_000);
    expect(Math.abs(report.allowedSent - report.deniedSent)).toBeLessThanOrEqual(1);
    expect(await readPacketCounts(to.name)).toEqual(
      new Map([
        [53, report.allowedSent],
        [54, report.deniedSent],
      ]),
    );
  });

  test("a stream can be watched and stopped", async () => {
    await countPackets(to.name, [53, 54]);
    await using stream = await TrafficStream.start(options(4, { durationMs: 60_000 }));
    const { allowed } = stream.sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(stream.sent.allowed).toBeGreaterThan(allowed);
    const report = await stream.stop();
    expect(report.tookMs).toBeLessThan(10_000);
    expect(stream.sent).toEqual({ allowed: report.allowedSent, denied: report.deniedSent });
    expect((await readPacketCounts(to.name)).get(53)).toBe(report.allowedSent);
  });

  test("a stream that cannot start says why", async () => {
    await expect(TrafficStream.start(options(4, { device: "eth9" }))).rejects.toMatchObject({
      cause: { message: expect.stringContaining("no device eth9") },
    });
    await expect(TrafficStream.start(options(4, { network: "nowhere" }))).rejects.toThrow("nowhere");
  });

  test("frames of every kind pass the router as they were, one hop older", async () => {
    using sender = inNetwork(from.name, () => PacketSocket.open("eth0", { receives: false }));
    using receiver = inNetwork(to.name, () => PacketSocket.open("eth0", { receives: true }));
    const payload = new TextEncoder().encode("story");
    const contents = [
      { kind: "udp", sourcePort: 7, destinationPort: 9, payload },
      { kind: "tcp", sourcePort: 7, destinationPort: 9, sequence: 1, acknowledgement: 0, flags: 1, payload },
      { kind: "icmp", type: 13, code: 0, body: new Uint8Array(16) },
      { kind: "other", protocol: 47, payload },
    ] as const;
    const frames = families.flatMap((family) =>
      contents.map((content) => ({
        sourceMac: from.mac,
        destinationMac: zoneOf(from.zone).gatewayMac,
        source: from.addresses[family],
        destination: to.addresses[family],
        content,
      })),
    );
    expect(sender.send(frames.map(buildFrame))).toBe(frames.length);
    const expected = frames.map(({ source, content }) => `${source} ${JSON.stringify(content)}`);
    const received = new Set<string>();
    for (let waitedMs = 0; waitedMs < 3_000 && !expected.every((it) => received.has(it)); waitedMs += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      for (const bytes of receiver.receive()) {
        const frame = parseFrame(bytes);
        if (frame === undefined || frame.hopLimit !== 63) continue;
        expect(frame.checksumsRight).toBe(true);
        received.add(`${frame.source} ${JSON.stringify(frame.content)}`);
      }
    }
    expect(expected.filter((it) => !received.has(it))).toEqual([]);
  });

  test("a socket for sending does not receive, and a missing device is named", () => {
    using sender = inNetwork(from.name, () => PacketSocket.open("eth0", { receives: false }));
    expect(() => sender.receive()).toThrow("sending only");
    expect(() => sender.send([new Uint8Array(2_000)])).toThrow("too long");
    expect(sender.send([])).toBe(0);
    expect(() => inNetwork(from.name, () => PacketSocket.open("eth9", { receives: false }))).toThrow("eth9");
  });
});
