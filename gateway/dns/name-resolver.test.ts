// Names of address books over a kernel in memory, and questions over real UDP to a server of the test's own.

import { mkdtemp, rm } from "node:fs/promises";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseIpv4 } from "@merlon/model/ip/address.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import type { Gateway } from "../gateway.ts";
import type { FakeKernel } from "../kernel/fake-kernel.ts";
import { bootedGateway, expectEnforced, freshKernel, TestClocks, typeAs } from "../testing/test-gateway.ts";
import { askServers } from "./ask-servers.ts";
import type { NameReply } from "./ask-servers.ts";
import { NameResolver } from "./name-resolver.ts";

const hosts = (...addresses: readonly string[]): RangeSet =>
  rangeSetOf(addresses.map((text) => ({ family: 4, first: parseIpv4(text) ?? 0, last: parseIpv4(text) ?? 0 })));

describe("in the gateway", () => {
  let folder: string;
  let kernel: FakeKernel;
  let clocks: TestClocks;
  let gateway: Gateway;
  let reply: NameReply;
  let serversAsked: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "merlon-names-"));
    kernel = freshKernel();
    clocks = new TestClocks();
    gateway = await bootedGateway(kernel, folder, clocks);
    serversAsked = [];
    reply = { kind: "addresses", ranges: hosts("192.0.2.1"), ttlSeconds: 60 };
    await typeAs(
      gateway,
      "anna",
      "configure",
      "set system name-server 192.0.2.53",
      "set security address-book global address site dns-name www.example.com",
      "delete security policies from-zone web to-zone data policy sql match destination-address any",
      "set security policies from-zone web to-zone data policy sql match destination-address site",
    );
    expect(await typeAs(gateway, "anna", "commit")).toContain("commit complete");
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const resolverOf = () =>
    new NameResolver(gateway, (servers) => {
      serversAsked.push(servers.join(" "));
      return async () => reply;
    });

  /** Asks, waits for the reply, and puts it into force. */
  async function twoTicks(resolver: NameResolver): Promise<void> {
    await resolver.tick();
    await new Promise(setImmediate);
    await resolver.tick();
  }

  /** The IPv4 members of the only address set. */
  const elements = (): readonly unknown[] | undefined =>
    kernel.table?.sets
      .find(({ key }) => key[0] === "ipv4_addr")
      ?.elements.map(({ key: [value] }) => (value?.kind === "addresses" ? value.range.first : 0));

  const alarms = () => gateway.alarms.list().map(({ code }) => code);

  test("members join and leave without a new generation, and drift is not seen", async () => {
    using resolver = resolverOf();
    const generation = gateway.running?.generation;
    expect(elements()).toEqual([]);
    await twoTicks(resolver);
    expect(serversAsked).toEqual(["192.0.2.53"]);
    expect(elements()).toEqual([parseIpv4("192.0.2.1")]);
    reply = { kind: "addresses", ranges: hosts("192.0.2.2", "192.0.2.9"), ttlSeconds: 60 };
    clocks.pass(61_000);
    await twoTicks(resolver);
    expect(elements()).toEqual([parseIpv4("192.0.2.2"), parseIpv4("192.0.2.9")]);
    expect(gateway.running?.generation).toBe(generation);
    expectEnforced(gateway, kernel);
    const kinds = kernel.transactions.at(-1)?.map(({ kind }) => kind);
    expect(kinds).toEqual(["flush-set", "add-elements"]);
  });

  test("a commit keeps the answers", async () => {
    using resolver = resolverOf();
    await twoTicks(resolver);
    await typeAs(gateway, "anna", "set system host-name other", "commit");
    expect(elements()).toEqual([parseIpv4("192.0.2.1")]);
    expectEnforced(gateway, kernel);
  });

  test("a server that fails: an alarm until the first answer, and then the last answer stays", async () => {
    using resolver = resolverOf();
    reply = { kind: "failure", why: "ETIMEOUT" };
    await twoTicks(resolver);
    expect(alarms()).toContain("dns.unresolved");
    reply = { kind: "addresses", ranges: hosts("192.0.2.1"), ttlSeconds: 60 };
    clocks.pass(10_000);
    await twoTicks(resolver);
    expect(alarms()).not.toContain("dns.unresolved");
    reply = { kind: "failure", why: "ETIMEOUT" };
    clocks.pass(61_000);
    await twoTicks(resolver);
    expect(elements()).toEqual([parseIpv4("192.0.2.1")]);
    reply = { kind: "none" };
    clocks.pass(61_000);
    await twoTicks(resolver);
    expect(elements()).toEqual([]);
    expect(alarms()).toContain("dns.unresolved");
  });

  test("a kernel that refuses is an alarm, and it is tried again", async () => {
    using resolver = resolverOf();
    kernel.failNext("applyTransaction");
    await twoTicks(resolver);
    expect(alarms()).toContain("dns.not-enforced");
    expect(elements()).toEqual([]);
    await resolver.tick();
    expect(alarms()).not.toContain("dns.not-enforced");
    expect(elements()).toEqual([parseIpv4("192.0.2.1")]);
  });
});

describe("questions over UDP", () => {
  /** Answers every question with these records, or with an error code. */
  async function withServer(
    answerOf: (type: number) => {
      readonly code?: number;
      readonly addresses?: readonly string[];
      readonly ttl?: number;
    },
    wanted: Parameters<ReturnType<typeof askServers>>[0],
  ): Promise<NameReply> {
    const socket = createSocket("udp4");
    socket.on("message", (query, peer) => {
      const type = query.readUInt16BE(query.indexOf(0, 12) + 1);
      const { code = 0, addresses = [], ttl = 60 } = answerOf(type);
      const question = query.subarray(12, query.indexOf(0, 12) + 5);
      const head = Buffer.from([query[0]!, query[1]!, 0x81, 0x80 | code, 0, 1, 0, addresses.length, 0, 0, 0, 0]);
      const records = addresses.map((text) => {
        const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...text.split(".").map(Number)]);
        record.writeUInt32BE(ttl, 6);
        return record;
      });
      socket.send(Buffer.concat([head, question, ...records]), peer.port, peer.address);
    });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    try {
      return await askServers([`127.0.0.1:${socket.address().port}`])(wanted);
    } finally {
      socket.close();
    }
  }
  const wanted = { name: "www.example.com", queryIntervalSeconds: 300 };

  test("addresses and the shortest TTL", async () => {
    const addresses = ["192.0.2.7", "192.0.2.9"];
    const reply = await withServer((type) => (type === 1 ? { addresses, ttl: 77 } : {}), wanted);
    expect(reply).toEqual({ kind: "addresses", ranges: hosts(...addresses), ttlSeconds: 77 });
  });

  test("no such name", async () => {
    expect(await withServer(() => ({ code: 3 }), wanted)).toEqual({ kind: "none" });
  });

  test("half an answer is a failure; one that asks for the good half alone gets it", async () => {
    const half = (type: number) => (type === 1 ? { addresses: ["192.0.2.7"] } : { code: 2 });
    expect(await withServer(half, wanted)).toMatchObject({ kind: "failure", why: "ESERVFAIL" });
    expect(await withServer(half, { ...wanted, family: 4 })).toMatchObject({ kind: "addresses" });
  });
});
