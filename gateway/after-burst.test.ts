// Work after bursts of causes: once for all, one at a time, with rests.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AfterBurst } from "./after-burst.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that takes so long; when each round began. */
function work(tookMs: number) {
  const begunMs: number[] = [];
  const state = { under: 0, most: 0 };
  const round = async (): Promise<void> => {
    begunMs.push(performance.now());
    state.most = Math.max(state.most, ++state.under);
    await new Promise((resolve) => setTimeout(resolve, tookMs));
    state.under--;
  };
  return { begunMs, state, round };
}

test("one round for a burst, and none without a cause", async () => {
  const { begunMs, round } = work(1);
  using burst = new AfterBurst(round, 200);
  for (let count = 0; count < 100; count++) burst.tell();
  await vi.advanceTimersByTimeAsync(199);
  expect(begunMs).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(begunMs).toHaveLength(1);
  burst.tell();
  await vi.advanceTimersByTimeAsync(201);
  expect(begunMs).toHaveLength(2);
});

test("a cause during the work is followed by another round", async () => {
  const { begunMs, round } = work(50);
  using burst = new AfterBurst(round, 200);
  burst.tell();
  await vi.advanceTimersByTimeAsync(220);
  burst.tell();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(begunMs).toHaveLength(2);
});

test("causes without end have it work a fifth of the time, one round at a time", async () => {
  const { begunMs, state, round } = work(1_000);
  using burst = new AfterBurst(round, 200);
  for (let passedMs = 0; passedMs < 30_000; passedMs += 10) {
    burst.tell();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(state.most).toBe(1);
  expect(begunMs.length).toBeGreaterThanOrEqual(6);
  expect(begunMs.length).toBeLessThanOrEqual(7);
});

test("nothing begins after the end", async () => {
  const { begunMs, round } = work(50);
  const burst = new AfterBurst(round, 200);
  burst.tell();
  await vi.advanceTimersByTimeAsync(210);
  burst.tell();
  burst[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(begunMs).toHaveLength(1);
});
