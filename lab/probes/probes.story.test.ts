// Every probe against its true server and against servers that lie, dawdle, hang up or talk nonsense: the verdict must be
// right, come in time and leave no socket behind. Runs on the loopback device of the enclosure.

import { createSocket } from "node:dgram";
import type { Socket as DatagramSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { decodeQuestion, encodeAnswer } from "../services/dns-message.ts";
import { startDns } from "../services/dns.ts";
import { startHttp } from "../services/http.ts";
import {
  encodeError,
  encodeMessage,
  encodeQuery,
  encodeRow,
  encodeStartup,
  encodeWelcome,
  MessageReader,
} from "../services/postgresql-message.ts";
import { startPostgresql } from "../services/postgresql.ts";
import type { Family } from "../topology.ts";
import { probeDns } from "./dns.ts";
import { probeHttp } from "./http.ts";
import { probePing } from "./ping.ts";
import { probePostgresql } from "./postgresql.ts";
import type { ProbeRequest } from "./probe.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const quickMs = 300;
/** Of the enclosure's own network namespace. */
const pingGroups = "/proc/sys/net/ipv4/ping_group_range";
const addresses = { 4: "127.0.0.1", 6: "::1" } as const;

function request(family: Family = 4, change: Partial<ProbeRequest> = {}): ProbeRequest {
  return { service: "http", family, address: addresses[family], hostName: "web-server", timeoutMs: 3_000, ...change };
}

const open: Array<Server | DatagramSocket> = [];
/** Connections of servers that never read would keep them from closing. */
const connections = new Set<Socket>();
afterEach(async () => {
  for (const socket of connections) socket.destroy();
  connections.clear();
  await Promise.all(open.splice(0).map((it) => new Promise<void>((resolve) => void it.close(() => resolve()))));
});

function portOf(server: Server | DatagramSocket): number {
  open.push(server);
  return (server.address() as AddressInfo).port;
}

/** A TCP server that does this with each connection. */
async function tcpServer(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("error", () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "::", resolve));
  return portOf(server);
}

/** A UDP server that answers with these bytes, if any. */
async function udpServer(reply: (bytes: Buffer) => Uint8Array | undefined): Promise<number> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => {
    const text = reply(bytes);
    if (text !== undefined) socket.send(text, from.port, from.address);
  });
  await new Promise<void>((resolve) => void socket.bind(0, "127.0.0.1", resolve));
  return portOf(socket);
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const port = await tcpServer(() => undefined);
  const server = open.pop() as Server;
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}

describe.skipIf(!enclosed)("probes (need tools/setup/enclose.sh)", () => {
  describe("HTTP", () => {
    test.each([4, 6] as const)("over IPv%i finds its server open", async (family) => {
      const port = portOf(await startHttp("web-server", 0));
      expect(await probeHttp(request(family), port)).toMatchObject({ verdict: "open" });
    });

    test("finds a closed port refused", async () => {
      expect(await probeHttp(request(), await closedPort())).toMatchObject({
        verdict: "refused",
        detail: "ECONNREFUSED",
      });
    });

    test.each<[string, (socket: Socket) => void, string, string]>([
      ["silent", () => undefined, "filtered", ""],
      ["half an answer", (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nweb"), "filtered", ""],
      ["a reset", (socket) => socket.once("data", () => socket.resetAndDestroy()), "refused", "ECONNRESET"],
      ["nonsense", (socket) => socket.end("\u0000\u0001nonsense\r\n\r\n"), "wrong-answer", "Parse Error"],
      ["another name", (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nnginx\n"), "wrong-answer", "nginx"],
      [
        "a flood",
        (socket) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(100_000)}`),
        "wrong-answer",
        "more than",
      ],
    ])("is not fooled by %s", async (_, serve, verdict, detail) => {
      const result = await probeHttp(request(4, { timeoutMs: quickMs }), await tcpServer(serve));
      expect(result.verdict).toBe(verdict);
      expect(result.detail ?? "").toContain(detail);
      expect(result.latencyMs).toBeLessThan(quickMs + 500);
    });

    test("the server refuses other methods", async () => {
      const port = portOf(await startHttp("web-server", 0));
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "x" });
      expect(response.status).toBe(405);
      expect(await (await fetch(`http://127.0.0.1:${port}/any/path`)).text()).toBe("web-server\n");
    });

    test("a port that is taken is an error", async () => {
      const port = portOf(await startHttp("web-server", 0));
      await expect(startHttp("web-server", port)).rejects.toThrow("EADDRINUSE");
    });
  });

  describe("PostgreSQL", () => {
    test.each([4, 6] as const)("over IPv%i finds its server open", async (family) => {
      const port = portOf(await startPostgresql("web-server", 0));
      expect(await probePostgresql(request(family), port)).toMatchObject({ verdict: "open" });
    });

    test.each<[string, (socket: Socket) => void, string, string]>([
      ["silence", () => undefined, "filtered", ""],
      ["a hang-up", (socket) => socket.end(), "wrong-answer", "hung up"],
      ["an HTTP server", (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"), "wrong-answer", '"H"'],
      ["a server with TLS", (socket) => socket.write("S"), "wrong-answer", '"S"'],
      [
        "a refusal of the user",
        (socket) => socket.write(Buffer.concat([Buffer.from("N"), encodeError("28000", "no")])),
        "wrong-answer",
        "error",
      ],
      [
        "another cluster",
        (socket) => socket.write(Buffer.concat([Buffer.from("N"), encodeWelcome("other")])),
        "wrong-answer",
        "other",
      ],
      [
        "another value",
        (socket) => socket.write(Buffer.concat([Buffer.from("N"), encodeWelcome("web-server"), encodeRow({ a: "2" })])),
        "wrong-answer",
        "select 1 is 2",
      ],
      [
        "a message of no length",
        (socket) => socket.write(Buffer.concat([Buffer.from("N"), Buffer.from("R\0\0\0\0")])),
        "wrong-answer",
        "is none",
      ],
    ])("is not fooled by %s", async (_, serve, verdict, detail) => {
      const result = await probePostgresql(request(4, { timeoutMs: quickMs }), await tcpServer(serve));
      expect(result).toMatchObject({ verdict });
      expect(result.detail ?? "").toContain(detail);
    });

    test.each<[string, readonly Uint8Array[], string]>([
      ["another query", [encodeStartup({ user: "x" }), encodeQuery("drop table everything")], "E"],
      ["an unknown message", [encodeStartup({ user: "x" }), encodeMessage("?")], "E"],
      [
        "two queries at once",
        [encodeStartup({ user: "x" }), encodeQuery("select 1"), encodeQuery("SELECT 1;")],
        "TDCZTDCZ",
      ],
    ])("the server answers %s", async (_, messages, types) => {
      const port = portOf(await startPostgresql("web-server", 0));
      const socket = connect(port, "127.0.0.1");
      socket.write(Buffer.concat(messages));
      const reader = new MessageReader();
      let found = "";
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        reader.push(chunk);
        for (let message = reader.next(); message !== undefined; message = reader.next()) found += message.type;
        if (found.endsWith(`RSSKZ${types}`) || found.includes(`Z${types}`)) break;
      }
      expect(found).toContain(`RSSKZ${types}`);
    });

    test("the server ends a client that speaks nonsense, with an error", async () => {
      const port = portOf(await startPostgresql("web-server", 0));
      const socket = connect(port, "127.0.0.1");
      socket.write("GET / HTTP/1.1\r\n\r\n");
      const chunks: Buffer[] = [];
      for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString("latin1")).toMatch(/^E/);
    });
  });

  describe("DNS", () => {
    test.each([4, 6] as const)("over IPv%i finds its server open", async (family) => {
      const [first] = await startDns("web-server", [addresses[family]], 0);
      if (first === undefined) throw new Error("no socket");
      expect(await probeDns(request(family), portOf(first))).toMatchObject({ verdict: "open" });
    });

    test("finds a closed port refused, by the ICMP error", async () => {
      const port = await udpServer(() => undefined);
      const socket = open.pop() as DatagramSocket;
      await new Promise<void>((resolve) => void socket.close(() => resolve()));
      expect(await probeDns(request(), port)).toMatchObject({ verdict: "refused", detail: "ECONNREFUSED" });
    });

    test.each<[string, (bytes: Buffer) => Uint8Array | undefined, string, string]>([
      ["silence", () => undefined, "filtered", ""],
      ["an echo", (bytes) => bytes, "wrong-answer", "a question"],
      ["no name", (bytes) => encodeAnswer(decodeQuestion(bytes), 3, []), "wrong-answer", "code 3"],
      [
        "another address",
        (bytes) => encodeAnswer(decodeQuestion(bytes), 0, ["192.0.2.1"]),
        "wrong-answer",
        "192.0.2.1",
      ],
      ["no address", (bytes) => encodeAnswer(decodeQuestion(bytes), 0, []), "wrong-answer", "without an address"],
      [
        "another id",
        (bytes) => encodeAnswer({ ...decodeQuestion(bytes), id: 70_000 & 0xffff }, 0, ["127.0.0.1"]),
        "wrong-answer",
        "id",
      ],
      ["noise", () => Buffer.from("noise"), "wrong-answer", "shorter"],
    ])("is not fooled by %s", async (_, reply, verdict, detail) => {
      const result = await probeDns(request(4, { timeoutMs: quickMs }), await udpServer(reply));
      expect(result).toMatchObject({ verdict });
      expect(result.detail ?? "").toContain(detail);
    });

    test("the server is silent about what is no question and knows only its own name", async () => {
      const [socket] = await startDns("web-server", ["127.0.0.1"], 0);
      if (socket === undefined) throw new Error("no socket");
      const port = portOf(socket);
      const other = await probeDns(request(4, { hostName: "data-store", timeoutMs: quickMs }), port);
      expect(other).toMatchObject({ verdict: "wrong-answer", detail: "answered with code 3" });
      const asker = createSocket("udp4");
      let answers = 0;
      asker.on("message", () => answers++);
      await new Promise<void>((resolve) => asker.send("nonsense", port, "127.0.0.1", () => resolve()));
      expect(await probeDns(request(), port)).toMatchObject({ verdict: "open" });
      asker.close();
      expect(answers).toBe(0);
    });
  });

  describe("ping", () => {
    test("that may not be sent is not taken for a refusal", async () => {
      // A new network namespace allows it to nobody.
      const result = await probePing(request());
      expect(result).toMatchObject({ verdict: "wrong-answer", detail: expect.stringContaining("ping_group_range") });
      writeFileSync(pingGroups, "0 0");
    });

    test.each([4, 6] as const)("over IPv%i gets its echo", async (family) => {
      const result = await probePing(request(family));
      expect(result).toMatchObject({ verdict: "open" });
    });

    test("many at once each get their own", async () => {
      const results = await Promise.all(
        Array.from({ length: 100 }, (_, index) => probePing(request(index % 2 ? 4 : 6))),
      );
      expect(results.filter(({ verdict }) => verdict !== "open")).toEqual([]);
    });

    test("to where no route leads is told apart from silence", async () => {
      const result = await probePing(request(4, { address: "192.0.2.1", timeoutMs: quickMs }));
      expect(result).toMatchObject({ verdict: "wrong-answer" });
      expect(result.detail).toContain("ENETUNREACH");
    });
  });
});
