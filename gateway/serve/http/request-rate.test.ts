// How many requests an address may send, at once and in the long run.

import { expect, test } from "vitest";
import { TestClocks } from "../../testing/test-gateway.ts";
import { RequestRate, burstMax, perSecond } from "./request-rate.ts";

test("requests come in a burst, and then at a rate", () => {
  const clocks = new TestClocks();
  const rate = new RequestRate(clocks.monotonicMs);
  const taken = (): number => Array.from({ length: 1_000 }, () => rate.take("192.0.2.1")).filter(Boolean).length;
  expect(taken()).toBe(burstMax);
  clocks.pass(2_000);
  expect(taken()).toBe(2 * perSecond);
  clocks.pass(3600_000);
  expect(taken()).toBe(burstMax);
  expect(rate.take("192.0.2.2")).toBe(true);
});
