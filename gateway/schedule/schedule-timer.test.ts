// Schedulers over a kernel in memory: the same revision comes into force again when its time comes, sessions as asked.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { FakeKernel } from "../kernel/fake-kernel.ts";
import type { Gateway } from "../gateway.ts";
import { expectEnforced, freshGateway, restartedGateway, typeAs } from "../testing/test-gateway.ts";
import type { TestClocks } from "../testing/test-gateway.ts";
import { ScheduleTimer } from "./schedule-timer.ts";

let folder: string;
let kernel: FakeKernel;
let clocks: TestClocks;
let gateway: Gateway;

beforeEach(async () => {
  ({ folder, kernel, clocks, gateway } = await freshGateway("schedule"));
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
  const timer = new ScheduleTimer(gateway);
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
  const timer = new ScheduleTimer(gateway);
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
  const timer = new ScheduleTimer(gateway);
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
  const timer = new ScheduleTimer(gateway);
  await timer.tick();
  expect(inForce()).toBe(false);
  expect(kernel.sessions).toHaveLength(left);
});

/** Brings the policy by a group that counts from 08:00 to 09:00. */
const nightly = [
  "set groups morning when time 08:00 to 09:00",
  "set groups morning security policies from-zone web to-zone data policy extra match source-address any",
  "set groups morning security policies from-zone web to-zone data policy extra match destination-address any",
  "set groups morning security policies from-zone web to-zone data policy extra match application any",
  "set groups morning security policies from-zone web to-zone data policy extra then permit",
  "set apply-groups morning",
];
const extraInForce = (): boolean =>
  kernel.table?.chains.some(({ rules }) => rules.some(({ comment }) => comment === "policy extra")) === true;

test("what a group brings comes and goes with its time, and is shown so", async () => {
  expect(await typeAs(gateway, "anna", "configure", ...nightly, "commit")).toContain("commit complete");
  const timer = new ScheduleTimer(gateway);
  const { revision } = gateway.running ?? {};
  for (const [hours, expected] of [
    [0, false],
    [1.6, true],
    [0.8, true],
    [0.2, false],
    [23, true],
    [-2, false],
  ] as const) {
    clocks.wallMs += hours * hourMs;
    await timer.tick();
    expect(extraInForce()).toBe(expected);
    expectEnforced(gateway, kernel);
    const shown = await typeAs(gateway, "anna", "show configuration | display inheritance | display set");
    expect(shown.includes("policy extra then permit")).toBe(expected);
  }
  expect(gateway.running?.revision).toBe(revision);
});

test("a group that brings a mistake with its hour is refused before", async () => {
  const line = "set groups morning security policies from-zone web to-zone data policy extra match application none";
  const said = await typeAs(gateway, "anna", "configure", ...nightly, line, "commit");
  expect(said).toContain('when it is the time of group "morning": policy extra names the unknown application none');
  expect(said).toContain("commit failed");
});

test("groups that are a mistake together leave what is in force, with an alarm that says why", async () => {
  const lines = ["one", "two"].flatMap((name, index) => [
    `set groups ${name} when time 08:${index}0 to 09:00`,
    `set groups ${name} security zones security-zone ${name} interfaces eth1`,
    `set apply-groups ${name}`,
  ]);
  const free = "delete security zones security-zone web interfaces eth1";
  expect(await typeAs(gateway, "anna", "configure", ...lines, free, "commit")).toContain("commit complete");
  const timer = new ScheduleTimer(gateway);
  const zones = () => gateway.running?.prepared.ir.zones.map(({ name }) => name).toSorted();
  clocks.wallMs += 1.6 * hourMs;
  await timer.tick();
  expect(zones()).toEqual(["data", "one", "web"]);
  clocks.wallMs += 0.1 * hourMs;
  await timer.tick();
  expect(zones()).toEqual(["data", "one", "web"]);
  expectEnforced(gateway, kernel);
  expect(gateway.alarms.list()).toMatchObject([
    {
      code: "schedule.not-followed",
      message: expect.stringContaining("interface eth1.0 is in zone one and in zone two"),
    },
  ]);
  clocks.wallMs += hourMs;
  await timer.tick();
  expect(zones()).toEqual(["data", "web"]);
  expect(gateway.alarms.list()).toEqual([]);
});

test("a kernel that refuses is an alarm, and it is tried again", async () => {
  await commit();
  const timer = new ScheduleTimer(gateway);
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

test("what a group brings has its number from the commit on, in every process at any time", async () => {
  const noon = nightly.map((line) => line.replaceAll("morning", "noon").replaceAll("extra", "other")).slice(1, -1);
  const lines = [...nightly, "set groups noon when time 12:00 to 13:00", ...noon, "set apply-groups noon"];
  expect(await typeAs(gateway, "anna", "configure", ...lines, "commit")).toContain("commit complete");
  const idOf = (name: string) =>
    gateway.running?.prepared.ir.contexts.flatMap(({ rules }) => rules).find(({ policy }) => policy.name === name)?.id;
  expect([idOf("extra"), idOf("other")]).toEqual([undefined, undefined]);
  clocks.wallMs += 2 * hourMs;
  await new ScheduleTimer(gateway).tick();
  const extra = idOf("extra");
  expect(extra).toBeGreaterThan(0);
  // The process dies in the morning and comes back at noon: the sessions of the morning are nobody's.
  clocks.wallMs += 4 * hourMs;
  gateway = await restartedGateway(kernel, folder, clocks);
  expect(idOf("extra")).toBeUndefined();
  expect(idOf("other")).toBeGreaterThan(0);
  expect(idOf("other")).not.toBe(extra);
  clocks.wallMs += 20 * hourMs;
  await new ScheduleTimer(gateway).tick();
  expect(idOf("extra")).toBe(extra);
});
