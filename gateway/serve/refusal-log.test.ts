// Which refusals are told when, on a clock that the test moves.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RefusalLog } from "./refusal-log.ts";

const told: string[] = [];
let log: RefusalLog;
const add = (host: number) => log.add(`10.0.0.${host}`, `reason ${host}`);

beforeEach(() => {
  vi.useFakeTimers();
  told.length = 0;
  log = new RefusalLog({
    connectionsRefused: (address, reason, count) => void told.push(`${count} ${address} ${reason}`),
  });
});
afterEach(() => {
  log[Symbol.dispose]();
  vi.useRealTimers();
});

test("the first is told at once, the others together at the end of the period, with the last of them", () => {
  for (const host of [1, 2, 3]) add(host);
  expect(told).toEqual(["1 10.0.0.1 reason 1"]);
  vi.advanceTimersByTime(9_999);
  expect(told).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(told.slice(1)).toEqual(["2 10.0.0.3 reason 3"]);
});

test("a period in which nothing follows tells nothing, and the next refusal is the first again", () => {
  add(1);
  vi.advanceTimersByTime(60_000);
  add(2);
  expect(told).toEqual(["1 10.0.0.1 reason 1", "1 10.0.0.2 reason 2"]);
});

test("what is disposed of tells nothing more", () => {
  for (const host of [1, 2]) add(host);
  log[Symbol.dispose]();
  vi.advanceTimersByTime(60_000);
  expect(told).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
