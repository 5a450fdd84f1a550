// How long addresses wait, and which addresses are one.

import { expect, test } from "vitest";
import { TestClocks } from "../testing/test-gateway.ts";
import { FailureDelays } from "./failure-delays.ts";

const rules = { promptAttempts: 2, backoffMs: 5_000 };

test("two failures cost nothing, then each costs more, up to a minute", () => {
  const clocks = new TestClocks();
  const delays = new FailureDelays(clocks.monotonicMs);
  const waits = Array.from({ length: 16 }, () => {
    delays.failed("192.0.2.1", rules);
    return delays.waitMs("192.0.2.1") / 1000;
  });
  expect(waits).toEqual([0, 0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60]);
  expect(delays.waitMs("192.0.2.2")).toBe(0);
  clocks.pass(60_000);
  expect(delays.waitMs("192.0.2.1")).toBe(0);
  clocks.pass(15 * 60_000);
  delays.failed("192.0.2.1", rules);
  expect(delays.waitMs("192.0.2.1")).toBe(0);
});

test("a right password makes an end of it", () => {
  const delays = new FailureDelays(new TestClocks().monotonicMs);
  for (let i = 0; i < 5; i++) delays.failed("192.0.2.1", rules);
  delays.succeeded("192.0.2.1");
  expect(delays.waitMs("192.0.2.1")).toBe(0);
});

test.each([
  ["2001:db8::1", "2001:db8::ffff:ffff", true],
  ["2001:db8:0:0:1:2:3:4", "2001:db8::9", true],
  ["2001:db8::1", "2001:db8:0:1::1", false],
  ["::1", "::2", true],
  ["192.0.2.1", "192.0.2.2", false],
])("%s and %s wait together: %s", (left, right, together) => {
  const delays = new FailureDelays(new TestClocks().monotonicMs);
  for (let i = 0; i < 3; i++) delays.failed(left, rules);
  expect(delays.waitMs(right) > 0).toBe(together);
});

test("those that waited for the same moment are looked at one after the other", () => {
  const clocks = new TestClocks();
  const delays = new FailureDelays(clocks.monotonicMs);
  delays.begin("192.0.2.1");
  for (let i = 0; i < 2; i++) delays.failed("192.0.2.1", rules);
  delays.begin("192.0.2.1");
  expect(delays.waitMs("192.0.2.1")).toBe(0);
  delays.failed("192.0.2.1", rules);
  clocks.pass(5_000);
  expect(delays.waitMs("192.0.2.1")).toBe(0);
  delays.begin("192.0.2.1");
  expect(delays.waitMs("192.0.2.1")).toBeGreaterThan(0);
  delays.clear();
  expect(delays.waitMs("192.0.2.1")).toBe(0);
});
