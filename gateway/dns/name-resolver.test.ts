// Names of address books over a kernel in memory: members, alarms, restarts, and sessions that are asked again.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { firstValue } from "@merlon/compiler/nft/first-value.ts";
import { parseIp, parseIpv4 } from "@merlon/model/ip/address.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { boot } from "../boot.ts";
import { Gateway } from "../gateway.ts";
import type { FakeKernel } from "../kernel/fake-kernel.ts";
import { RevisionStore } from "../store/revision-store.ts";
import { bootedGateway, expectEnforced, freshKernel, TestClocks, typeAs } from "../testing/test-gateway.ts";
import type { NameReply } from "./ask-servers.ts";
import { readAnswerFile, writeAnswerFile } from "./answer-file.ts";
import { answersOf } from "./name-book.ts";
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
      ?.elements.map((element) => {
        const value = firstValue(element);
        return value?.kind === "addresses" ? value.range.first : 0;
      });

  const alarms = () => gateway.alarms.list().map(({ code }) => code);

  test("members join and leave without a new generation, and drift is not seen", async () => {
    const resolver = resolverOf();
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
    const resolver = resolverOf();
    await twoTicks(resolver);
    await typeAs(gateway, "anna", "set system host-name other", "commit");
    expect(elements()).toEqual([parseIpv4("192.0.2.1")]);
    expectEnforced(gateway, kernel);
  });

  test("a server that fails: an alarm until the first answer, and then the last answer stays", async () => {
    const resolver = resolverOf();
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

  test("servers that fail: the last answer is used for an hour beyond its TTL, with an alarm, and then no more", async () => {
    const resolver = resolverOf();
    await twoTicks(resolver);
    reply = { kind: "failure", why: "ESERVFAIL" };
    clocks.pass(61_000);
    await twoTicks(resolver);
    expect(gateway.alarms.list()).toMatchObject([
      {
        code: "dns.stale",
        message:
          "no name server answers for www.example.com: the last addresses hold until 2026-11-22 07:30:00 UTC; check system name-server",
      },
    ]);
    clocks.pass(3_500_000);
    await twoTicks(resolver);
    expect(elements()).toEqual([parseIpv4("192.0.2.1")]);
    clocks.pass(60_000);
    await twoTicks(resolver);
    expect(elements()).toEqual([]);
    expect(alarms()).toEqual(["dns.unresolved"]);
    reply = { kind: "addresses", ranges: hosts("192.0.2.1"), ttlSeconds: 60 };
    clocks.pass(600_000);
    await twoTicks(resolver);
    expect(elements()).toEqual([parseIpv4("192.0.2.1")]);
    expect(alarms()).toEqual([]);
  });

  describe("a restart", () => {
    /** A new process on the same state and kernel, or on an empty kernel after a reboot. */
    async function restart(rebooted: boolean): Promise<NameResolver> {
      if (rebooted) kernel = freshKernel();
      const path = join(folder, "names.json");
      const saved = await readAnswerFile(path, clocks.nowMs());
      const { nowMs, monotonicMs } = clocks;
      const store = await RevisionStore.open(folder);
      const answers = answersOf(saved, nowMs());
      gateway = new Gateway({ kernel, store, nowMs, monotonicMs, answers, onAlarm: () => undefined });
      await boot(gateway, undefined);
      return new NameResolver(gateway, () => async () => reply, { saved, save: (all) => writeAnswerFile(path, all) });
    }

    test.each([
      ["kill -9", false],
      ["reboot", true],
    ])("%s: the last answers are in force at once, and renewed", async (_, rebooted) => {
      {
        const resolver = await restart(false);
        await twoTicks(resolver);
      }
      clocks.pass(1_800_000);
      reply = { kind: "failure", why: "ETIMEOUT" };
      const resolver = await restart(rebooted);
      expect(elements()).toEqual([parseIpv4("192.0.2.1")]);
      expectEnforced(gateway, kernel);
      const transactions = kernel.transactions.length;
      await twoTicks(resolver);
      expect(kernel.transactions.length).toBe(transactions);
      expect(alarms()).toEqual(["dns.stale"]);
      reply = { kind: "addresses", ranges: hosts("192.0.2.9"), ttlSeconds: 60 };
      clocks.pass(60_000);
      await twoTicks(resolver);
      expect(elements()).toEqual([parseIpv4("192.0.2.9")]);
      expect((await readAnswerFile(join(folder, "names.json"), clocks.nowMs()))[0]?.ranges).toEqual(hosts("192.0.2.9"));
    });

    test("after too long a time the names are unknown", async () => {
      {
        const resolver = await restart(false);
        await twoTicks(resolver);
      }
      clocks.pass(3_600_000);
      await restart(false);
      expect(elements()).toEqual([]);
    });

    test("a disk that is full is an alarm, and it is tried again", async () => {
      let full = true;
      const resolver = new NameResolver(gateway, () => async () => reply, {
        saved: [],
        save: async () => {
          if (full) throw new Error("no space left on device");
        },
      });
      await twoTicks(resolver);
      expect(alarms()).toContain("dns.not-saved");
      expect(elements()).toEqual([parseIpv4("192.0.2.1")]);
      full = false;
      await resolver.tick();
      expect(alarms()).toEqual([]);
    });
  });

  describe("living sessions when addresses change", () => {
    function addSession(): void {
      const rules = gateway.running?.prepared.ir.contexts.flatMap(({ rules: all }) => all) ?? [];
      const mark = rules.find(({ policy }) => policy.name === "sql")?.id ?? 0;
      const [source, destination] = [parseIp("10.1.0.5")!, parseIp("192.0.2.1")!];
      const tuple = { source, destination, protocol: 6, sourcePort: 40_000, destinationPort: 1433 };
      kernel.sessions = [{ id: 1, original: tuple, reply: tuple, mark }];
    }

    test.each([
      ["set system host-name x", 1],
      ["set security policies policy-rematch", 1],
      ["set security policies policy-rematch extensive", 0],
    ])("%s: %i left", async (line, left) => {
      const resolver = resolverOf();
      await typeAs(gateway, "anna", line, "commit");
      await twoTicks(resolver);
      addSession();
      clocks.pass(61_000);
      await twoTicks(resolver);
      expect(kernel.sessions).toHaveLength(1);
      reply = { kind: "addresses", ranges: hosts("192.0.2.2"), ttlSeconds: 60 };
      clocks.pass(61_000);
      await twoTicks(resolver);
      expect(kernel.sessions).toHaveLength(left);
    });

    test("a kernel that cannot ask them is an alarm, and they are asked again", async () => {
      const resolver = resolverOf();
      await typeAs(gateway, "anna", "set security policies policy-rematch extensive", "commit");
      await twoTicks(resolver);
      addSession();
      reply = { kind: "addresses", ranges: hosts("192.0.2.2"), ttlSeconds: 60 };
      clocks.pass(61_000);
      kernel.failNext("reviewSessions");
      await twoTicks(resolver);
      expect(alarms()).toContain("dns.not-enforced");
      await resolver.tick();
      expect(alarms()).toEqual([]);
      expect(kernel.sessions).toEqual([]);
    });
  });

  test("a kernel that refuses is an alarm, and it is tried again", async () => {
    const resolver = resolverOf();
    kernel.failNext("applyTransaction");
    await twoTicks(resolver);
    expect(alarms()).toContain("dns.not-enforced");
    expect(elements()).toEqual([]);
    await resolver.tick();
    expect(alarms()).not.toContain("dns.not-enforced");
    expect(elements()).toEqual([parseIpv4("192.0.2.1")]);
  });
});
