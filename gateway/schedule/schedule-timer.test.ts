// Schedulers over a kernel in memory: the same revision comes into force again when its time comes, sessions as asked.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { FakeKernel } from "../kernel/fake-kernel.ts";
import type { Gateway } from "../gateway.ts";
import { bootedGateway, expectEnforced, freshKernel, TestClocks, typeAs } from "../testing/test-gateway.ts";
import { ScheduleTimer } from "./schedule-timer.ts";

let folder: string;
let kernel: FakeKernel;
let clocks: TestClocks;
let gateway: Gateway;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-schedule-"));
  kernel = freshKernel();
  clocks = new TestClocks();
  gateway = await bootedGateway(kernel, folder, clocks);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const hourMs = 3_600_000;

/** It is 06:30 UTC; the policy is in force from 08:00 to 09:00. */
async function commit(...more: readonly string[]): Promise<void> {
  await typeAs(
    gateway,
    "anna",
    "configure",
    "set schedulers scheduler morning daily start-time 08:00 stop-time 09:00",
    "set security policies from-zone web to-zone data policy sql scheduler-name morning",
    ...more,
  );
  expect(await typeAs(gateway, "anna", "commit")).toContain("commit complete");
}

const inForce = (): boolean =>
  kernel.table?.chains.some(({ rules }) => rules.some(({ comment }) => comment === "policy sql")) === true;

function addSession(): void {
  const rule = gateway.running?.prepared.ir.contexts
    .flatMap(({ rules }) => rules)
    .find((it) => it.policy.name === "sql");
  const [source, destination] = [parseIp("10.1.0.5")!, parseIp("10.2.0.5")!];
  const tuple = { source, destination, protocol: 6, sourcePort: 40_000, destinationPort: 1433 };
  kernel.sessions = [{ id: 1, original: tuple, reply: tuple, mark: rule?.id ?? 0 }];
}

test("a policy comes and goes with its scheduler; the revision stays, the generation does not", async () => {
  await commit();
  using timer = new ScheduleTimer(gateway);
  expect(inForce()).toBe(false);
  const { revision = 0, generation = 0 } = gateway.running ?? {};
  await timer.tick();
  expect(gateway.running?.generation).toBe(generation);
  for (const [hours, expected] of [
    [1.4, false],
    [0.1, true],
    [0.9, true],
    [0.1, false],
    [23, true],
  ] as const) {
    clocks.wallMs += hours * hourMs;
    await timer.tick();
    expect(inForce()).toBe(expected);
    expectEnforced(gateway, kernel);
  }
  expect(gateway.running?.revision).toBe(revision);
  expect(gateway.running?.generation).toBe(generation + 3);
});

test("a clock that is set back takes the policy back as well", async () => {
  await commit();
  using timer = new ScheduleTimer(gateway);
  clocks.wallMs += 2 * hourMs;
  await timer.tick();
  expect(inForce()).toBe(true);
  clocks.wallMs -= 2 * hourMs;
  await timer.tick();
  expect(inForce()).toBe(false);
});

test("the time zone of the system counts", async () => {
  await commit("set system time-zone Europe/Berlin");
  expect(inForce()).toBe(false);
  clocks.wallMs += 0.6 * hourMs;
  using timer = new ScheduleTimer(gateway);
  await timer.tick();
  expect(inForce()).toBe(true);
});

test("a time zone that does not exist refuses the commit", async () => {
  await typeAs(gateway, "anna", "configure", "set system time-zone Mars/Olympus");
  expect(await typeAs(gateway, "anna", "commit")).toContain("there is no time zone Mars/Olympus");
});

test.each([
  [[], 1],
  [["set security policies policy-rematch"], 0],
] as const)("sessions when its time is over, with %j: %i left", async (more, left) => {
  clocks.wallMs += 1.6 * hourMs;
  await commit(...more);
  expect(inForce()).toBe(true);
  addSession();
  clocks.wallMs += hourMs;
  using timer = new ScheduleTimer(gateway);
  await timer.tick();
  expect(inForce()).toBe(false);
  expect(kernel.sessions).toHaveLength(left);
});

test("a kernel that refuses is an alarm, and it is tried again", async () => {
  await commit();
  using timer = new ScheduleTimer(gateway);
  clocks.wallMs += 2 * hourMs;
  kernel.failNext("applyTransaction");
  await timer.tick();
  const codes = () => gateway.alarms.list().map(({ code }) => code);
  expect(codes()).toContain("schedule.not-followed");
  expect(inForce()).toBe(false);
  await timer.tick();
  expect(codes()).not.toContain("schedule.not-followed");
  expect(inForce()).toBe(true);
  expectEnforced(gateway, kernel);
});

test("a check that is followed by a commit in another hour commits what the hour says", async () => {
  await typeAs(
    gateway,
    "anna",
    "configure",
    "set schedulers scheduler morning daily start-time 08:00 stop-time 09:00",
    "set security policies from-zone web to-zone data policy sql scheduler-name morning",
    "commit check",
  );
  clocks.wallMs += 2 * hourMs;
  await typeAs(gateway, "anna", "commit");
  expect(inForce()).toBe(true);
});
