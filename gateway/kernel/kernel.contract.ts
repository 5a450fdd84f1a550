// What every kernel behind the door must do. The suite runs over the fake (`fake-kernel.test.ts`) and over Linux
// (`linux-kernel.story.test.ts`), so that a test which passes on the fake means something.
// It is longer than 500 lines because one door has one suite.

import { sameTable } from "@merlon/compiler/nft/canonical-table.ts";
import type { NftChain, NftCommand, NftRule, NftSet, NftTable } from "@merlon/compiler/nft/program.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Kernel, KernelEvent, KernelLink, KernelRoute, KernelSession } from "./kernel.ts";
import { sessionMarkMask } from "./kernel.ts";
import { sameRoute, samePrefix } from "./network-step.ts";
import { describeFilled } from "./filled.contract.ts";
import { describeMembers } from "./members.contract.ts";
import { describeOthers } from "./others.contract.ts";
import { describeTranslation } from "./translation.contract.ts";

export interface KernelUnderTest extends AsyncDisposable {
  readonly kernel: Kernel;
  /** A device that is up, without IPv4 addresses, in a kernel without table, routes of ours and sessions. */
  readonly device: string;
  /** Puts UDP sessions with these marks into the connection table. */
  readonly addSessions: (marks: readonly number[]) => Promise<void>;
}

const prefix = (text: string): IpPrefix => parsePrefix(text) ?? expect.fail(`${text} is no prefix`);
const ip = (text: string): IpAddress => parseIp(text) ?? expect.fail(`${text} is no address`);

const hits: NftSet = {
  name: "hits",
  key: ["mark"],
  interval: false,
  counter: true,
  elements: [16, 17].map((value) => ({ key: [{ kind: "number", value }] })),
};
const rule: NftRule = {
  statements: [
    {
      kind: "match",
      left: { kind: "ct", key: "state" },
      negated: false,
      right: { kind: "states", states: ["established"] },
    },
    { kind: "verdict", verdict: { kind: "accept" } },
  ],
  comment: "sessions that stand",
};
const chain: NftChain = {
  name: "forward",
  hook: { type: "filter", hook: "forward", priority: 0, policy: "drop" },
  rules: [rule],
};
const table: NftTable = { family: "inet", name: "merlon", sets: [hits], chains: [chain] };
const install: readonly NftCommand[] = [
  { kind: "add-table" },
  { kind: "add-set", set: hits },
  { kind: "add-chain", chain },
  { kind: "add-rules", chain: "forward", rules: [rule] },
];

export function describeKernel(name: string, open: () => Promise<KernelUnderTest>): void {
  describe(name, () => {
    let under: KernelUnderTest;
    let kernel: Kernel;
    beforeEach(async () => {
      under = await open();
      kernel = under.kernel;
    });
    afterEach(async () => {
      await under[Symbol.asyncDispose]();
    });

    describeTable(() => kernel);
    describeNetwork(() => under);
    describeWires(() => under);
    describeOthers(() => kernel, install);
    describeTranslation(() => under);
    describeMembers(() => kernel);
    describeFilled(() => kernel);
    describeNeighbors(() => under);
    describeHost(() => kernel);
    describeSysctl(() => kernel);
    describeSessions(() => under);
    describeWatch(() => under);
  });
}

function describeTable(kernel: () => Kernel): void {
  test("there is no table at first", async () => {
    expect(await kernel().readTable()).toBeUndefined();
  });

  test("what is applied is read back", async () => {
    await kernel().applyTransaction(install);
    const found = await kernel().readTable();
    expect(found !== undefined && sameTable(found, table)).toBe(true);
  });

  test("a transaction with one bad command changes nothing and says why", async () => {
    await kernel().applyTransaction(install);
    const bad: readonly NftCommand[] = [
      { kind: "flush-chain", name: "forward" },
      { kind: "delete-chain", name: "no_such_chain" },
    ];
    await expect(kernel().applyTransaction(bad)).rejects.toMatchObject({ name: "KernelFailure" });
    await expect(kernel().applyTransaction(bad)).rejects.toThrow(/the kernel refused the ruleset: .+/);
    const found = await kernel().readTable();
    expect(found !== undefined && sameTable(found, table)).toBe(true);
  });

  test("nothing is left of a refused transaction, of its sets of intervals neither", async () => {
    const ranges: NftSet = {
      name: "ranges",
      key: ["inet_service"],
      interval: true,
      counter: false,
      elements: [{ key: [{ kind: "numbers", first: 5, last: 9 }] }],
    };
    const bad: readonly NftCommand[] = [
      { kind: "add-set", set: ranges },
      { kind: "delete-chain", name: "no_such_chain" },
    ];
    await expect(kernel().applyTransaction([{ kind: "add-table" }, ...bad])).rejects.toThrow("refused");
    expect(await kernel().readTable()).toBeUndefined();
    await kernel().applyTransaction(install);
    const read = (await kernel().readTable()) ?? expect.fail("there is no table");
    await expect(kernel().applyTransaction(bad, read)).rejects.toThrow("refused");
    const found = await kernel().readTable();
    expect(found !== undefined && sameTable(found, table)).toBe(true);
    await kernel().applyTransaction(bad.slice(0, 1), found);
    expect((await kernel().readTable())?.sets.map(({ name }) => name)).toContain("ranges");
  });

  test("a transaction for the table that was read, and for one that is no more", async () => {
    await kernel().applyTransaction(install);
    const read = (await kernel().readTable()) ?? expect.fail("there is no table");
    const more = (name: string): readonly NftCommand[] => [{ kind: "add-chain", chain: { name, rules: [] } }];
    await kernel().applyTransaction(more("first"), read);
    await expect(kernel().applyTransaction(more("second"), read)).rejects.toThrow(
      "the kernel refused the ruleset: somebody else has changed table inet merlon since it was read",
    );
    const found = await kernel().readTable();
    expect(found?.chains.map(({ name }) => name).toSorted()).toEqual(["first", "forward"]);
  });

  test("an empty transaction does nothing", async () => {
    await kernel().applyTransaction([]);
    expect(await kernel().readTable()).toBeUndefined();
  });

  test("the table goes as it came", async () => {
    await kernel().applyTransaction(install);
    await kernel().applyTransaction([{ kind: "delete-table" }]);
    expect(await kernel().readTable()).toBeUndefined();
  });

  test("elements come and go, and count from zero", async () => {
    await kernel().applyTransaction(install);
    await kernel().applyTransaction([
      { kind: "delete-elements", set: "hits", elements: [{ key: [{ kind: "number", value: 16 }] }] },
      { kind: "add-elements", set: "hits", elements: [{ key: [{ kind: "number", value: 0xffffff }] }] },
    ]);
    const counts = await kernel().readHits("hits");
    expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([17, 0xffffff]);
    expect([...counts.values()]).toEqual(Array(2).fill({ packets: 0, bytes: 0 }));
  });

  test("a set that rules fill stands in the table without its elements, with the time that it was given", async () => {
    const seen: NftSet = {
      name: "seen",
      key: ["ipv4_addr", "inet_service"],
      interval: false,
      counter: false,
      size: 64,
      dynamic: { timeoutMs: 5 },
      elements: [],
    };
    const count: NftRule = {
      statements: [
        {
          kind: "instructions",
          list: [
            { op: "load", expression: { kind: "payload", protocol: "ip", field: "daddr" }, to: 1 },
            { op: "load", expression: { kind: "bytes", header: "transport", offset: 2, length: 2 }, to: 2 },
            { op: "meter", set: "seen", from: 1, refresh: true, over: { count: 9, unitSeconds: 1, burst: 9 } },
          ],
        },
        { kind: "verdict", verdict: { kind: "drop" } },
      ],
    };
    const counting: NftChain = { ...chain, rules: [count] };
    const [addTable] = install;
    await kernel().applyTransaction([
      ...(addTable === undefined ? [] : [addTable]),
      { kind: "add-set", set: seen },
      { kind: "add-set", set: { ...seen, name: "open", dynamic: {} } },
      { kind: "add-chain", chain: counting },
      { kind: "add-rules", chain: "forward", rules: [count] },
    ]);
    const wanted = { ...table, sets: [seen, { ...seen, name: "open", dynamic: {} }], chains: [counting] };
    const found = await kernel().readTable();
    expect(found !== undefined && sameTable(found, wanted)).toBe(true);
  });

  test("the hits of a set that is not there are a failure", async () => {
    await expect(kernel().readHits("hits")).rejects.toThrow("there is no set hits in table inet merlon");
  });
}

function describeNeighbors(under: () => KernelUnderTest): void {
  const address = ip("192.0.2.77");

  test("a link without traffic has no neighbors, and one that is not there cannot be forgotten", async () => {
    const { kernel, device } = under();
    const found = await kernel.readNeighbors();
    expect(found.filter((neighbor) => neighbor.device === device && neighbor.address.family === 4)).toEqual([]);
    expect(await kernel.deleteNeighbors([{ device, address }])).toBe(0);
    expect(await kernel.deleteNeighbors([{ device: "none", address }])).toBe(0);
    expect(await kernel.deleteNeighbors([])).toBe(0);
  });

  test("an echo socket of either family opens and waits for nothing", async () => {
    for (const family of [4, 6] as const) {
      using socket = await under().kernel.openEcho({ family });
      expect(await socket.receive(1)).toBeUndefined();
    }
  });
}

function describeHost(kernel: () => Kernel): void {
  test("the machine has an age, memory and processors", async () => {
    const { uptimeSeconds, memory, processorCount } = await kernel().readHost();
    expect(uptimeSeconds).toBeGreaterThan(0);
    expect(memory.available).toBeLessThanOrEqual(memory.total);
    expect(processorCount).toBeGreaterThan(0);
    for (const { pid } of await kernel().readProcesses()) expect(pid).toBeGreaterThan(0);
    for (const { mountPoint } of await kernel().readFilesystems()) expect(mountPoint).toMatch(/^\//);
  });
}

function describeNetwork(under: () => KernelUnderTest): void {
  const route = (destination: string, nextHops: KernelRoute["nextHops"], metric = 5): KernelRoute => ({
    destination: prefix(destination),
    nextHops,
    metric,
  });
  const link = async (): Promise<KernelLink> => {
    const { links } = await under().kernel.readNetwork();
    return links.find((candidate) => candidate.device === under().device) ?? expect.fail("the device is gone");
  };
  const hasAddress = async (text: string): Promise<boolean> =>
    (await link()).addresses.some((address) => samePrefix(address, prefix(text)));

  test("a link's state and MTU are set and read", async () => {
    const { device, kernel } = under();
    await kernel.applyNetwork([{ kind: "set-link", device, up: false, mtu: 1400 }]);
    expect(await link()).toMatchObject({ device, up: false, mtu: 1400 });
    await kernel.applyNetwork([{ kind: "set-link", device, up: true }]);
    expect(await link()).toMatchObject({ up: true, mtu: 1400 });
    expect((await link()).macAddress).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  });

  test("addresses of both families come and go, and twice is as once", async () => {
    const { device, kernel } = under();
    for (const text of ["192.0.2.1/24", "192.0.2.2/24", "2001:db8::1/64"]) {
      const address = prefix(text);
      await kernel.applyNetwork([{ kind: "add-address", device, address }]);
      await kernel.applyNetwork([{ kind: "add-address", device, address }]);
      expect(await hasAddress(text)).toBe(true);
    }
    for (const text of ["2001:db8::1/64", "192.0.2.2/24", "192.0.2.1/24"]) {
      const address = prefix(text);
      await kernel.applyNetwork([{ kind: "delete-address", device, address }]);
      await kernel.applyNetwork([{ kind: "delete-address", device, address }]);
      expect(await hasAddress(text)).toBe(false);
    }
  });

  test("routes of every kind come and go, and twice is as once", async () => {
    const { device, kernel } = under();
    await kernel.applyNetwork([
      { kind: "add-address", device, address: prefix("192.0.2.1/24") },
      { kind: "add-address", device, address: prefix("2001:db8::1/64") },
    ]);
    const wanted: readonly KernelRoute[] = [
      route("198.51.100.0/24", [ip("192.0.2.7")]),
      route("0.0.0.0/0", [ip("192.0.2.7"), ip("192.0.2.8")]),
      route("203.0.113.0/24", "discard"),
      route("203.0.113.0/25", "reject", 70),
      route("2001:db8:1::/48", [ip("2001:db8::7")]),
      route("2001:db8:2::/48", [ip("2001:db8::7"), ip("2001:db8::8")]),
      route("::/0", "discard"),
      route("2001:db8:3::/48", "reject"),
    ];
    for (let round = 0; round < 2; round++) {
      await kernel.applyNetwork(wanted.map((each) => ({ kind: "add-route", route: each })));
      const { routes } = await kernel.readNetwork();
      expect(routes).toHaveLength(wanted.length);
      expect(wanted.every((each) => routes.some((found) => sameRoute(found, each)))).toBe(true);
    }
    for (let round = 0; round < 2; round++) {
      await kernel.applyNetwork(wanted.map((each) => ({ kind: "delete-route", route: each })));
      expect((await kernel.readNetwork()).routes).toEqual([]);
    }
  });

  test("one destination with two metrics is two routes", async () => {
    const { kernel } = under();
    const both = [route("203.0.113.0/24", "discard", 5), route("203.0.113.0/24", "reject", 6)];
    await kernel.applyNetwork(both.map((each) => ({ kind: "add-route", route: each })));
    expect((await kernel.readNetwork()).routes).toHaveLength(2);
    await kernel.applyNetwork([{ kind: "delete-route", route: both[0] as KernelRoute }]);
    expect((await kernel.readNetwork()).routes).toEqual([both[1]]);
  });

  test("a route in the place of another is a failure that names it", async () => {
    const { kernel } = under();
    await kernel.applyNetwork([{ kind: "add-route", route: route("203.0.113.0/24", "discard") }]);
    await expect(
      kernel.applyNetwork([{ kind: "add-route", route: route("203.0.113.0/24", "reject") }]),
    ).rejects.toThrow("cannot add route 203.0.113.0/24 reject metric 5: another route to this destination");
    expect((await kernel.readNetwork()).routes).toEqual([route("203.0.113.0/24", "discard")]);
  });

  test("steps before the failing one stand, those after it are not begun", async () => {
    const { device, kernel } = under();
    await expect(
      kernel.applyNetwork([
        { kind: "add-address", device, address: prefix("192.0.2.1/24") },
        { kind: "set-link", device: "nosuchdevice", up: true },
        { kind: "add-address", device, address: prefix("192.0.2.2/24") },
      ]),
    ).rejects.toMatchObject({
      name: "KernelFailure",
      message: "cannot set device nosuchdevice up: there is no such device",
    });
    expect([await hasAddress("192.0.2.1/24"), await hasAddress("192.0.2.2/24")]).toEqual([true, false]);
  });
}

function describeWires(under: () => KernelUnderTest): void {
  test("a bridge comes, takes a port, gives it back and goes, and twice is as once", async () => {
    const { kernel, device } = under();
    const linkOf = async (name: string) => (await kernel.readNetwork()).links.find((link) => link.device === name);
    await kernel.applyNetwork([{ kind: "add-bridge", device: "wire-x" }]);
    expect(await linkOf("wire-x")).toMatchObject({ up: false, virtual: { kind: "bridge", ours: true }, addresses: [] });
    await kernel.applyNetwork([
      { kind: "add-bridge", device: "wire-x" },
      { kind: "set-master", device, master: "wire-x" },
      { kind: "set-link", device: "wire-x", up: true },
    ]);
    expect(await linkOf(device)).toMatchObject({ master: "wire-x" });
    expect(await linkOf("wire-x")).toMatchObject({ up: true });
    await kernel.applyNetwork([{ kind: "set-master", device }]);
    expect((await linkOf(device))?.master).toBeUndefined();
    await kernel.applyNetwork([{ kind: "set-master", device, master: "wire-x" }]);
    await kernel.applyNetwork([
      { kind: "delete-link", device: "wire-x" },
      { kind: "delete-link", device: "wire-x" },
    ]);
    expect(await linkOf("wire-x")).toBeUndefined();
    expect((await linkOf(device))?.master).toBeUndefined();
  });

  test("a bridge in the place of another device is a failure that names it", async () => {
    const { kernel, device } = under();
    await expect(kernel.applyNetwork([{ kind: "add-bridge", device }])).rejects.toThrow(`cannot make bridge ${device}`);
    const vlan = { kind: "add-vlan", device: "nowhere.5", parent: "nowhere", id: 5 } as const;
    await expect(kernel.applyNetwork([vlan])).rejects.toThrow("VLAN 5 of nowhere: there is no such device");
  });

  test("the marks of ports are written as a whole", async () => {
    const { kernel } = under();
    expect(await kernel.readWirePorts()).toEqual(new Map());
    for (const marks of [
      [
        ["a", 1],
        ["b", 0xffff_ffff],
      ],
      [
        ["b", 2],
        ["a-long-name.100", 3],
      ],
      [],
    ] as const) {
      await kernel.writeWirePorts(new Map(marks));
      expect(Object.fromEntries(await kernel.readWirePorts())).toEqual(Object.fromEntries(marks));
    }
  });
}

function describeSysctl(kernel: () => Kernel): void {
  test("settings are read and written", async () => {
    const name = "net.ipv4.ip_forward";
    expect(await kernel().readSysctl(name)).toMatch(/^[01]$/);
    for (const value of ["1", "0", "1"]) {
      await kernel().writeSysctl(name, value);
      expect(await kernel().readSysctl(name)).toBe(value);
    }
  });

  test("a setting that is not there", async () => {
    expect(await kernel().readSysctl("net.ipv4.no_such_setting")).toBeUndefined();
    await expect(kernel().writeSysctl("net.ipv4.no_such_setting", "1")).rejects.toThrow("has no setting");
  });

  test.each(["kernel.hostname", "net.ipv4./../../kernel.hostname", ""])("%j is not a network setting", async (name) => {
    await expect(kernel().readSysctl(name)).rejects.toMatchObject({ name: "KernelFailure" });
    await expect(kernel().writeSysctl(name, "x")).rejects.toMatchObject({ name: "KernelFailure" });
  });
}

function describeSessions(under: () => KernelUnderTest): void {
  const marksNow = async (): Promise<number[]> => {
    const found: KernelSession[] = [];
    for await (const batch of under().kernel.dumpSessions()) {
      expect(batch.length).toBeGreaterThan(0);
      found.push(...batch);
    }
    return found.map((session) => session.mark).toSorted((a, b) => a - b);
  };

  test("an empty table", async () => {
    expect(await marksNow()).toEqual([]);
    expect(await under().kernel.endSessions(new Set([1]))).toBe(0);
    expect(await under().kernel.endSessions(new Set())).toBe(0);
  });

  test("the upper eight bits of a mark are not part of the rule id", async () => {
    const marks = [16, 17, 17, 0x5000011, 0x5000012, 18, 0];
    await under().addSessions(marks);
    expect(await marksNow()).toEqual(marks.toSorted((a, b) => a - b));
    expect(await under().kernel.endSessions(new Set([17]))).toBe(3);
    expect(await marksNow()).toEqual([0, 16, 18, 0x5000012]);
    expect(await under().kernel.endSessions(new Set([17]))).toBe(0);
    expect(await under().kernel.endSessions(new Set([0, 18, 999]))).toBe(3);
    expect(await marksNow()).toEqual([16]);
  });

  test("more sessions than one batch holds", async () => {
    const marks = Array.from({ length: 3_000 }, (_, index) => 100 + (index % 3));
    await under().addSessions(marks);
    expect(await marksNow()).toEqual(marks.toSorted((a, b) => a - b));
    expect(await under().kernel.endSessions(new Set([100, 102]))).toBe(2_000);
    expect(await marksNow()).toEqual(Array(1_000).fill(101));
  });

  test("a review ends some sessions, gives others another rule id and leaves the rest alone", async () => {
    await under().addSessions([16, 17, 17, 0x5000012, 19, 0]);
    const review = await under().kernel.reviewSessions(({ mark, original }) => {
      expect(original.protocol).toBeGreaterThan(0);
      if (mark === 17) return { kind: "end" };
      return (mark & 0xff_ffff) === 18 ? { kind: "remark", ruleId: 0xab_cdef } : undefined;
    });
    expect(review).toEqual({ endedCount: 2, remarkedCount: 1 });
    expect(await marksNow()).toEqual([0, 16, 19, 0x5abcdef]);
  });

  test("a review of thousands", async () => {
    await under().addSessions(Array.from({ length: 3_000 }, (_, index) => 100 + (index % 3)));
    const review = await under().kernel.reviewSessions(({ mark }) =>
      mark === 100 ? { kind: "end" } : mark === 101 ? { kind: "remark", ruleId: 7 } : undefined,
    );
    expect(review).toEqual({ endedCount: 1_000, remarkedCount: 1_000 });
    expect(new Set(await marksNow())).toEqual(new Set([7, 102]));
  });

  test("a dump may be left half way", async () => {
    await under().addSessions(Array(1_000).fill(7));
    for await (const batch of under().kernel.dumpSessions()) {
      expect(batch[0]?.mark).toBe(7);
      break;
    }
    expect(await marksNow()).toHaveLength(1_000);
  });
}

function describeWatch(under: () => KernelUnderTest): void {
  const collect = async (
    during: (events: readonly KernelEvent[]) => Promise<void>,
  ): Promise<readonly KernelEvent[]> => {
    const events: KernelEvent[] = [];
    using _watch = await under().kernel.watch((event) => events.push(event));
    await during(events);
    return events;
  };
  const until = (events: readonly KernelEvent[], kind: KernelEvent["kind"], count = 1): Promise<void> =>
    expect
      .poll(() => events.filter((event) => event.kind === kind).length, { timeout: 5_000 })
      .toBeGreaterThanOrEqual(count)
      .then(() => undefined);

  test("a change of the ruleset is told, our own too", async () => {
    await collect(async (events) => {
      await under().kernel.applyTransaction(install);
      await until(events, "ruleset-changed");
    });
  });

  test("a change of the network is told", async () => {
    await collect(async (events) => {
      await under().kernel.applyNetwork([
        { kind: "add-address", device: under().device, address: prefix("192.0.2.1/24") },
      ]);
      await until(events, "network-changed");
    });
  });

  test("sessions that are ended are told, once each", async () => {
    await under().addSessions([16, 17, 17]);
    const events = await collect(async (told) => {
      expect(await under().kernel.endSessions(new Set([17]))).toBe(2);
      await until(told, "session-closed", 2);
    });
    const marks = events.flatMap((event) => (event.kind === "session-closed" ? [event.session.mark] : []));
    expect(marks).toEqual([17, 17]);
  });

  test("only sessions of interest are told, and interest may change", async () => {
    const closed: number[] = [];
    const wanted = new Set<number>();
    const interest = {
      get any() {
        return wanted.size > 0;
      },
      wants: (mark: number) => wanted.has(mark & sessionMarkMask),
    };
    using watch = await under().kernel.watch((event) => {
      if (event.kind === "session-closed") closed.push(event.session.mark);
    }, interest);
    /** Ends sessions of 17, 18 and 19, the last of which tells that nothing more comes. */
    const end = async (): Promise<void> => {
      await under().addSessions([17, 18, 0x0100_0012, 19]);
      for (const mark of [17, 18, 19]) await under().kernel.endSessions(new Set([mark]));
    };
    await end();
    wanted.add(18).add(19);
    watch.reconsider();
    watch.reconsider();
    await end();
    await expect.poll(() => closed.at(-1), { timeout: 5_000 }).toBe(19);
    expect(closed.toSorted((a, b) => a - b)).toEqual([18, 19, 0x0100_0012]);
    wanted.clear();
    watch.reconsider();
    await end();
    wanted.add(17).add(19);
    watch.reconsider();
    await end();
    await expect.poll(() => closed.length, { timeout: 5_000 }).toBe(5);
    expect(closed.slice(3)).toEqual([17, 19]);
  });

  test("nobody else may watch meanwhile, and nothing is told afterwards", async () => {
    const { kernel } = under();
    const events = await collect(async () => {
      await expect(kernel.watch(() => {})).rejects.toMatchObject({ name: "KernelFailure" });
    });
    const before = events.length;
    await kernel.applyTransaction(install);
    using _again = await kernel.watch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(events).toHaveLength(before);
  });

  test("disposing of a watch twice is as once", async () => {
    const watch = await under().kernel.watch(() => {});
    watch[Symbol.dispose]();
    watch[Symbol.dispose]();
  });
}
