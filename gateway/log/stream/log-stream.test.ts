// A stream of log lines and collectors that are well, slow, away, or gone half way; and the real transports against
// servers of the test on loopback.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { LogStream } from "./log-stream.ts";
import type { LogStreamOptions } from "./log-stream.ts";
import { openTransport } from "./open-transport.ts";
import type { Collector, Transport } from "./transport.ts";

const collector: Collector = { host: "192.0.2.1", port: 514, protocol: "udp" };
const lossLine = (count: number) => `lost ${count}`;

/** A collector in memory; `take` may fail or wait. */
function scripted(take: (lines: readonly string[]) => Promise<void> | void = () => undefined) {
  const got: string[] = [];
  const states: string[] = [];
  let clockMs = 0;
  const transport: Transport = {
    send: async (lines) => {
      await take(lines);
      got.push(...lines);
    },
    close: () => undefined,
  };
  const stream = (more: Partial<LogStreamOptions> = {}) =>
    new LogStream({
      collector,
      open: async () => transport,
      lossLine,
      monotonicMs: () => clockMs,
      onState: (state, reason) => states.push(reason === undefined ? state : `${state}: ${reason}`),
      ...more,
    });
  return { got, states, stream, pass: (ms: number) => (clockMs += ms) };
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `line ${at}`);

describe("a stream", () => {
  test("lines arrive in order, whatever the size of the burst", async () => {
    const { got, stream, states } = scripted();
    await using log = stream();
    for (const line of numbered(5000)) log.write(line);
    await vi.waitFor(() => expect(got).toEqual(numbered(5000)));
    expect(log.counts).toEqual({ sentCount: 5000, lostCount: 0, heldBackCount: 0, waitingCount: 0 });
    expect(states).toEqual(["connected"]);
  });

  test("a full queue loses lines, and the collector is told how many", async () => {
    let free = () => {};
    const blocked = new Promise<void>((resolve) => (free = resolve));
    const { got, stream } = scripted(() => blocked);
    await using log = stream({ queueLinesMax: 300 });
    for (const line of numbered(1000)) log.write(line);
    expect(log.counts.lostCount).toBe(700);
    free();
    await vi.waitFor(() => expect(log.counts.waitingCount).toBe(0));
    expect(got.filter((line) => line.startsWith("line"))).toEqual(numbered(300));
    expect(got).toContain("lost 700");
  });

  test("a rate holds lines back and lets a second's worth through at once", async () => {
    const { got, stream, pass } = scripted();
    await using log = stream({ ratePerSecond: 10 });
    for (const line of numbered(15)) log.write(line);
    expect(log.counts.heldBackCount).toBe(5);
    pass(500);
    for (const line of numbered(15)) log.write(line);
    expect(log.counts.heldBackCount).toBe(15);
    await vi.waitFor(() => expect(got.filter((line) => line.startsWith("line"))).toHaveLength(15));
    expect(got).toContain("lost 15");
  });

  test("a collector that is away is tried again after longer and longer, and nothing is lost meanwhile", async () => {
    const waited: number[] = [];
    let failures = 8;
    const { got, stream, states } = scripted();
    const transport: Transport = { send: async (lines) => void got.push(...lines), close: () => undefined };
    await using log = stream({
      open: async () => {
        if (failures-- > 0) throw new Error("connection refused");
        return transport;
      },
      wait: async (ms) => void waited.push(ms),
    });
    for (const line of numbered(10)) log.write(line);
    await vi.waitFor(() => expect(got).toEqual(numbered(10)));
    expect(waited).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(states).toEqual(["waiting: connection refused", "connected"]);
  });

  test("a batch that broke is sent again", async () => {
    let first = true;
    const { got, stream } = scripted(() => {
      if (!first) return;
      first = false;
      throw new Error("reset");
    });
    await using log = stream({ wait: async () => undefined });
    for (const line of numbered(3)) log.write(line);
    await vi.waitFor(() => expect(got).toEqual(numbered(3)));
  });

  test("what waits at the end is counted as lost, and nothing is taken afterwards", async () => {
    const { stream } = scripted();
    const log = stream({ open: () => Promise.reject(new Error("away")) });
    for (const line of numbered(4)) log.write(line);
    await sleep(5);
    await log[Symbol.asyncDispose]();
    log.write("late");
    expect(log.counts).toEqual({ sentCount: 0, lostCount: 4, heldBackCount: 0, waitingCount: 0 });
  });
});

describe("transports", () => {
  const local = (protocol: Collector["protocol"], port: number): Collector => ({ host: "127.0.0.1", port, protocol });
  const never = new AbortController().signal;

  test("UDP: a datagram for each line, a long one cut", async () => {
    const server = createSocket("udp4").bind(0, "127.0.0.1");
    await once(server, "listening");
    const got: Buffer[] = [];
    server.on("message", (message) => void got.push(message));
    const transport = await openTransport(local("udp", server.address().port), never);
    await transport.send([...numbered(100), "x".repeat(20_000)]);
    await vi.waitFor(() => expect(got).toHaveLength(101));
    expect(got.slice(0, 100).map(String)).toEqual(numbered(100));
    expect(got[100]).toHaveLength(8_192);
    transport.close();
    server.close();
  });

  test("TCP: the length in bytes stands before each line", async () => {
    const sockets: Socket[] = [];
    let text = "";
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.setEncoding("utf8").on("data", (data: string) => (text += data));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const transport = await openTransport(local("tcp", (server.address() as AddressInfo).port), never);
    await transport.send(["zwei", "Größe"]);
    await vi.waitFor(() => expect(text).toBe("4 zwei7 Größe"));
    // The end is seen even though nothing is sent.
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(async () => await expect(transport.send(["more"])).rejects.toThrow());
    transport.close();
    server.close();
  });

  test("nobody listens", async () => {
    await expect(openTransport(local("tcp", 1), never)).rejects.toThrow("ECONNREFUSED");
  });

  test("TLS trusts nobody without certificates of its own", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    await expect(openTransport(local("tls", (server.address() as AddressInfo).port), never)).rejects.toThrow();
    server.close();
  });
});
