// Early aging over a kernel in memory: when it begins and ends, and which sessions it takes.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KernelFailure } from "../kernel/kernel.ts";
import type { KernelEvent, KernelSession } from "../kernel/kernel.ts";
import { flowRecordOf } from "../log/flow-log.ts";
import { freshGateway, typeAs } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { SessionAger } from "./session-ager.ts";

let it: GatewayCase;
let ager: SessionAger;

beforeEach(async () => {
  it = await freshGateway("aging");
  ager = new SessionAger(it.gateway);
  const aging = "set security flow aging";
  await typeAs(
    it.gateway,
    "admin",
    `${aging} high-watermark 80`,
    `${aging} low-watermark 50`,
    `${aging} early-ageout 60`,
    "commit",
  );
});
afterEach(() => rm(it.folder, { recursive: true }));

function idOf(name: string): number {
  const rules = it.gateway.running?.prepared.ir.contexts.flatMap(({ rules: all }) => all) ?? [];
  return rules.find(({ policy }) => policy.name === name)?.id ?? 0;
}

/** A session of TCP that may be idle for 1,800 seconds, of which so many are left. */
function session(id: number, timeoutSeconds: number, more: Partial<KernelSession> = {}): KernelSession {
  const [source, destination] = [
    { family: 4 as const, value: 0x0a01_0000 + id },
    { family: 4 as const, value: 0x0a02_0002 },
  ];
  return {
    id,
    mark: idOf("sql"),
    original: { source, destination, protocol: 6, sourcePort: 40_000, destinationPort: 1433 },
    reply: { source: destination, destination: source, protocol: 6, sourcePort: 1433, destinationPort: 40_000 },
    timeoutSeconds,
    tcpState: "ESTABLISHED",
    ...more,
  };
}

async function tickAt(count: number, max = 100): Promise<readonly number[]> {
  it.kernel.sysctls.set("net.netfilter.nf_conntrack_count", String(count));
  it.kernel.sysctls.set("net.netfilter.nf_conntrack_max", String(max));
  await ager.tick();
  return it.kernel.sessions.map(({ id }) => id);
}

const alarms = (): readonly string[] => it.gateway.alarms.list().map(({ code }) => code);

test("it begins at one watermark, ends at the other, and says so", async () => {
  it.kernel.sessions = [session(1, 1_800), session(2, 1_741), session(3, 1_740), session(4, 3)];
  expect(await tickAt(79)).toEqual([1, 2, 3, 4]);
  expect(alarms()).toEqual([]);
  expect(await tickAt(80)).toEqual([1, 2]);
  expect(alarms()).toEqual(["sessions.early-aging"]);
  it.kernel.sessions = [session(5, 100)];
  // Between the two it goes on.
  expect(await tickAt(51)).toEqual([]);
  it.kernel.sessions = [session(6, 100)];
  expect(await tickAt(49)).toEqual([6]);
  expect(alarms()).toEqual([]);
  expect(await tickAt(79)).toEqual([6]);
});

test("no more end than are too many", async () => {
  it.kernel.sessions = Array.from({ length: 40 }, (_, id) => session(id, 100));
  expect(await tickAt(80)).toHaveLength(10);
});

describe("what stays", () => {
  test.each<[what: string, one: (id: number) => KernelSession]>([
    ["a session of nobody's policy", (id) => session(id, 1, { mark: 0xff_0000 })],
    ["a handshake", (id) => session(id, 1, { tcpState: "SYN_SENT" })],
    ["a session that is over", (id) => session(id, 1, { tcpState: "TIME_WAIT" })],
    [
      "one whose time the kernel does not say",
      (id) => {
        const { timeoutSeconds: _, ...untold } = session(id, 1);
        return untold;
      },
    ],
  ])("%s", async (_, one) => {
    it.kernel.sessions = [one(1)];
    expect(await tickAt(100)).toEqual([1]);
  });

  test("what may be idle for ever, and what has a time of its own", async () => {
    const application = "applications application junos-ms-sql-own";
    await typeAs(
      it.gateway,
      "admin",
      `set ${application} protocol tcp destination-port 1433 inactivity-timeout 100`,
      "set security policies from-zone web to-zone data policy sql match application junos-ms-sql-own",
      "delete security policies from-zone web to-zone data policy sql match application junos-ms-sql",
      "commit",
    );
    it.kernel.sessions = [session(1, 41), session(2, 40)];
    expect(await tickAt(100)).toEqual([1]);
    await typeAs(it.gateway, "admin", `set ${application} inactivity-timeout never`, "commit");
    it.kernel.sessions = [session(3, 5)];
    expect(await tickAt(100)).toEqual([3]);
  });
});

test("the record of such an end says that it was idle", async () => {
  const closed: KernelEvent[] = [];
  await it.kernel.watch((event) => closed.push(event));
  it.kernel.sessions = [session(1, 1)];
  expect(await tickAt(100)).toEqual([]);
  const { rules, endings, services } = it.gateway;
  const [event] = closed;
  if (event === undefined) throw new Error("nothing was told");
  expect(flowRecordOf(event, { rules, endings, services, nowMs: it.clocks.nowMs })?.reason).toBe("idle Timeout");
});

test("without the statement nothing is looked at; a kernel that refuses is an alarm that ends", async () => {
  it.kernel.sessions = [session(1, 1)];
  it.kernel.failNext("reviewSessions", new KernelFailure("no", ""));
  await tickAt(100);
  expect(alarms()).toEqual(expect.arrayContaining(["sessions.unaged"]));
  await tickAt(100);
  expect(alarms()).toEqual(["sessions.early-aging"]);
  await typeAs(it.gateway, "admin", "delete security flow aging", "commit");
  it.kernel.sessions = [session(2, 1)];
  expect(await tickAt(100)).toEqual([2]);
  expect(alarms()).toEqual([]);
});
