// Rounds that repeat: one after the other, as often as asked, and none after the end.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Repeater } from "./repeater.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("the first round comes after a wait, and the wait is asked for anew", async () => {
  const begun: number[] = [];
  let delayMs = 100;
  using _ = new Repeater(
    async () => {
      begun.push(Date.now());
      delayMs *= 2;
    },
    () => delayMs,
  );
  const from = Date.now();
  await vi.advanceTimersByTimeAsync(99);
  expect(begun).toEqual([]);
  await vi.advanceTimersByTimeAsync(1 + 200 + 400);
  expect(begun.map((ms) => ms - from)).toEqual([100, 300, 700]);
});

test("a round that takes long delays the next", async () => {
  const running = Promise.withResolvers<void>();
  let count = 0;
  using _ = new Repeater(
    () => {
      count++;
      return running.promise;
    },
    () => 10,
  );
  await vi.advanceTimersByTimeAsync(500);
  expect(count).toBe(1);
  running.resolve();
  await vi.advanceTimersByTimeAsync(10);
  expect(count).toBe(2);
});

test("nothing begins after the end, also when it comes in the middle of a round", async () => {
  const running = Promise.withResolvers<void>();
  let count = 0;
  const repeater = new Repeater(
    () => {
      count++;
      return running.promise;
    },
    () => 10,
  );
  await vi.advanceTimersByTimeAsync(10);
  repeater[Symbol.dispose]();
  running.resolve();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(count).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});
