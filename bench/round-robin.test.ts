// The order in which gateways are measured, and which value belongs to which.

import { expect, test } from "vitest";
import { stayOnCore } from "@merlon/gateway/kernel/libc.ts";
import { LoadClock } from "./load-clock.ts";
import { threadTimeNs, wallTimeNs } from "./thread-time.ts";
import { measureInTurn, rateSample } from "./round-robin.ts";

test("gateways are measured in turn, each round beginning with another", async () => {
  const order: string[] = [];
  const rounds: number[] = [];
  const measurements = await measureInTurn({
    gateways: ["a", "b", "c"].map((name) => ({ name, gateway: name })),
    policies: 7,
    rounds: 3,
    measure: async (gateway) => {
      order.push(gateway);
      const disturbed = gateway === "b";
      return { speed: { value: order.length, unit: "1/s", disturbed } };
    },
    onRound: (round) => rounds.push(round),
  });
  expect(order.join("")).toBe("abc" + "abc" + "bca" + "cab");
  expect(rounds).toEqual([0, 1, 2]);
  const common = { subject: "speed", policies: 7, unit: "1/s" };
  expect(measurements).toEqual([
    { ...common, gateway: "a", values: [4, 9, 11], disturbedRounds: 0 },
    { ...common, gateway: "b", values: [5, 7, 12], disturbedRounds: 3 },
    { ...common, gateway: "c", values: [6, 8, 10], disturbedRounds: 0 },
  ]);
});

test("a gateway may be measured in fewer rounds than the others", async () => {
  const order: string[] = [];
  const measurements = await measureInTurn({
    gateways: [
      { name: "a", gateway: "a" },
      { name: "b", gateway: "b", every: 2 },
    ],
    policies: 7,
    rounds: 3,
    measure: async (gateway) => {
      order.push(gateway);
      return { speed: { value: order.length, unit: "1/s", disturbed: false } };
    },
  });
  expect(order.join("")).toBe("ab" + "ab" + "a" + "ab");
  expect(measurements.map(({ values }) => values)).toEqual([
    [3, 5, 6],
    [4, Number.NaN, 7],
  ]);
});

test("a rate becomes a value with a unit", () =>
  expect(rateSample({ perSecond: 1e9, disturbed: false }, "Gbit/s", 8e-9)).toEqual({
    value: 8,
    unit: "Gbit/s",
    disturbed: false,
  }));

test("the clock of a job ends it by count or by time", () => {
  const byCount = new LoadClock({ durationMs: 60_000, countMax: 10 });
  expect([byCount.isOver(9), byCount.isOver(10), byCount.isOver(3, 8)]).toEqual([false, true, true]);
  const byTime = new LoadClock({ durationMs: 2, countMax: 1_000 });
  let turns = 0;
  while (!byTime.isOver(0)) turns++;
  expect(turns).toBeGreaterThan(10);
  const { count, threadNs, wallNs } = byTime.report(5);
  expect(count).toBe(5);
  expect(threadNs).toBeGreaterThan(0);
  expect(wallNs).toBeGreaterThanOrEqual(2e6);
});

test("the thread's clock goes on with work and stands still in sleep", () => {
  const beforeNs = threadTimeNs();
  const untilNs = wallTimeNs() + 5e6;
  while (wallTimeNs() < untilNs);
  const workedNs = threadTimeNs() - beforeNs;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  const sleptNs = threadTimeNs() - beforeNs - workedNs;
  expect(workedNs).toBeGreaterThan(0);
  expect(sleptNs).toBeLessThan(10e6);
});

test("a core that does not exist is refused, and the thread stays where it may run", () =>
  expect(stayOnCore(1_023)).toBe(false));
