// The fake passes the contract of every kernel, and does on top of it what tests want of a fake.

import { describe, expect, test } from "vitest";
import { FakeKernel, fakeLink } from "./fake-kernel.ts";
import { describeKernel } from "./kernel.contract.ts";
import type { KernelEvent, KernelSession } from "./kernel.ts";
import { KernelFailure } from "./kernel.ts";

function session(id: number, mark: number): KernelSession {
  const client = { family: 4, value: 0x0a010102 } as const;
  const server = { family: 4, value: 0x0a020102 } as const;
  return {
    id,
    mark,
    original: { source: client, destination: server, protocol: 17, sourcePort: id & 0xffff, destinationPort: 53 },
    reply: { source: server, destination: client, protocol: 17, sourcePort: 53, destinationPort: id & 0xffff },
  };
}

describeKernel("the fake kernel", async () => {
  const kernel = FakeKernel.withDevices("eth1");
  return {
    kernel,
    device: "eth1",
    addSessions: async (marks) => {
      kernel.sessions = [...kernel.sessions, ...marks.map((mark, index) => session(index + 1, mark))];
    },
    [Symbol.asyncDispose]: async () => {},
  };
});

describe("failing on demand", () => {
  test("the next call fails and changes nothing, the one after does not", async () => {
    const kernel = new FakeKernel();
    kernel.failNext("applyTransaction");
    await expect(kernel.applyTransaction([{ kind: "add-table" }])).rejects.toThrow("applyTransaction was told to fail");
    expect(await kernel.readTable()).toBeUndefined();
    await kernel.applyTransaction([{ kind: "add-table" }]);
    expect(await kernel.readTable()).toBeDefined();
  });

  test("failures queue up, each operation has its own queue", async () => {
    const kernel = new FakeKernel();
    kernel.failNext("readNetwork", new KernelFailure("first", ""));
    kernel.failNext("readNetwork", new Error("second"));
    expect(await kernel.readTable()).toBeUndefined();
    await expect(kernel.readNetwork()).rejects.toThrow("first");
    await expect(kernel.readNetwork()).rejects.toThrow("second");
    expect((await kernel.readNetwork()).links).toHaveLength(1);
  });

  test("a dump of sessions fails when it is read", async () => {
    const kernel = new FakeKernel();
    kernel.failNext("dumpSessions");
    const read = async (): Promise<void> => {
      for await (const _ of kernel.dumpSessions()) expect.fail("nothing shall come");
    };
    await expect(read()).rejects.toThrow("dumpSessions was told to fail");
  });

  test("calls are counted, failed ones too", async () => {
    const kernel = new FakeKernel();
    kernel.failNext("readTable");
    await expect(kernel.readTable()).rejects.toThrow();
    await kernel.readTable();
    expect([kernel.callsOf("readTable"), kernel.callsOf("readNetwork")]).toEqual([2, 0]);
  });
});

describe("vandalism and events", () => {
  test("tampering changes the table and is told", async () => {
    const kernel = new FakeKernel();
    const events: KernelEvent[] = [];
    await kernel.applyTransaction([{ kind: "add-table" }]);
    using _watch = await kernel.watch((event) => events.push(event));
    kernel.tamper(() => undefined);
    expect(events).toEqual([]);
    expect(await kernel.readTable()).toBeUndefined();
    expect(events).toEqual([{ kind: "ruleset-changed" }]);
  });

  test("an event goes to the watcher at once, and nowhere without one", async () => {
    const kernel = new FakeKernel();
    const events: KernelEvent[] = [];
    kernel.emit({ kind: "network-changed" });
    const watch = await kernel.watch((event) => events.push(event));
    expect(kernel.watched).toBe(true);
    kernel.emit({ kind: "events-lost", source: "packets", count: 3 });
    watch[Symbol.dispose]();
    kernel.emit({ kind: "network-changed" });
    expect(events).toEqual([{ kind: "events-lost", source: "packets", count: 3 }]);
    expect(kernel.watched).toBe(false);
  });

  test("an old watch that is disposed of again does not end the new one", async () => {
    const kernel = new FakeKernel();
    const first = await kernel.watch(() => {});
    first[Symbol.dispose]();
    using _second = await kernel.watch(() => {});
    first[Symbol.dispose]();
    expect(kernel.watched).toBe(true);
  });
});

describe("state", () => {
  test("devices and hits are what the test says", async () => {
    const kernel = FakeKernel.withDevices("eth1", "eth2");
    kernel.links = [...kernel.links, fakeLink(9, "br0", { up: false, mtu: 9_000 })];
    expect((await kernel.readNetwork()).links.map((link) => `${link.index} ${link.device} ${link.mtu}`)).toEqual([
      "1 lo 1500",
      "2 eth1 1500",
      "3 eth2 1500",
      "9 br0 9000",
    ]);
    const hits = { name: "hits", key: ["mark"], interval: false, counter: true } as const;
    const elements = [{ key: [{ kind: "number", value: 16 }] }, { key: [{ kind: "number", value: 17 }] }] as const;
    await kernel.applyTransaction([{ kind: "add-table" }, { kind: "add-set", set: { ...hits, elements } }]);
    kernel.hits.set("hits", new Map([[17, { packets: 3, bytes: 180 }]]));
    expect([...(await kernel.readHits("hits"))]).toEqual([
      [16, { packets: 0, bytes: 0 }],
      [17, { packets: 3, bytes: 180 }],
    ]);
  });

  test("transactions are kept in order, failed ones are not", async () => {
    const kernel = new FakeKernel();
    await kernel.applyTransaction([{ kind: "add-table" }]);
    await expect(kernel.applyTransaction([{ kind: "flush-chain", name: "none" }])).rejects.toThrow();
    await kernel.applyTransaction([{ kind: "delete-table" }]);
    expect(kernel.transactions.map((commands) => commands[0]?.kind)).toEqual(["add-table", "delete-table"]);
  });

  test("sessions that are ended are told to the watcher after the call", async () => {
    const kernel = new FakeKernel();
    kernel.sessions = [session(1, 16), session(2, 17), session(3, 0x01000011)];
    const ended: number[] = [];
    using _watch = await kernel.watch((event) => {
      if (event.kind === "session-closed") ended.push(event.session.id);
    });
    expect(await kernel.endSessions(new Set([17]))).toBe(2);
    await Promise.resolve();
    expect(ended).toEqual([2, 3]);
    expect(kernel.sessions.map(({ id }) => id)).toEqual([1]);
  });

  test("network steps before a failing one stand and are told", async () => {
    const kernel = FakeKernel.withDevices("eth1");
    const told: string[] = [];
    using _watch = await kernel.watch((event) => told.push(event.kind));
    const steps = [
      { kind: "set-link", device: "eth1", mtu: 1400 },
      { kind: "set-link", device: "eth9", mtu: 1400 },
    ] as const;
    await expect(kernel.applyNetwork(steps)).rejects.toThrow("there is no such device");
    expect(kernel.links.map(({ mtu }) => mtu)).toEqual([1500, 1400]);
    expect(told).toEqual(["network-changed"]);
  });

  test("two fakes share nothing", async () => {
    const [a, b] = [new FakeKernel(), new FakeKernel()];
    await a.writeSysctl("net.ipv4.ip_forward", "1");
    expect(await b.readSysctl("net.ipv4.ip_forward")).toBe("0");
  });
});
