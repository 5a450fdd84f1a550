// Time on two clocks: whatever is done to the one on the wall, nobody gets more than was given.

import { expect, test } from "vitest";
import { TestClocks } from "../testing/test-gateway.ts";
import { Countdown, durationText } from "./countdown.ts";

test.each([
  ["nothing happens", 0, 0, 600],
  ["time passes", 200, 200, 400],
  ["the wall clock is set back", -5000, 200, 400],
  ["the wall clock jumps ahead", 500, 0, 100],
  ["the machine sleeps, which the even clock does not see", 700, 100, 0],
  ["time is over on the even clock alone", -5000, 600, 0],
  ["long over", 9000, 9000, 0],
])("%s", (_, wallMs, evenMs, leftMs) => {
  const clocks = new TestClocks();
  const countdown = new Countdown(clocks, 600);
  clocks.wallMs += wallMs;
  clocks.evenMs += evenMs;
  expect(countdown.leftMs).toBe(leftMs);
});

test("one that goes on keeps its deadline and has no more than was left", () => {
  const clocks = new TestClocks();
  const { deadlineMs } = new Countdown(clocks, 600);
  clocks.pass(100);
  expect(new Countdown(clocks, 500, deadlineMs).leftMs).toBe(500);
  expect(new Countdown(clocks, 600, deadlineMs).leftMs).toBe(500);
  clocks.wallMs -= 10_000;
  expect(new Countdown(clocks, 300, deadlineMs).leftMs).toBe(300);
});

test.each([
  [0, "0 seconds"],
  [1, "1 second"],
  [1000, "1 second"],
  [59_000, "59 seconds"],
  [59_001, "1 minute"],
  [60_000, "1 minute"],
  [60_001, "2 minutes"],
  [600_000, "10 minutes"],
])("%i ms are %s", (ms, expected) => {
  expect(durationText(ms)).toBe(expected);
});
