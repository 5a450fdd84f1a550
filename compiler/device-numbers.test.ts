// Which numbers of devices an IR carries, and that it stays the same object where nothing is new.

import { expect, test } from "vitest";
import { compileText, zoneLines } from "./testing/compile-text.ts";
import { withDeviceNumbers } from "./device-numbers.ts";

const { ir } = compileText(zoneLines("a", "b"));
const link = (device: string, index: number) => ({ device, index });

test("devices of zones have their numbers, others none", () => {
  const found = withDeviceNumbers(ir, [link("lo", 1), link("eth-a", 4), link("eth-b", 6)]);
  expect([...(found.deviceNumbers ?? [])]).toEqual([
    ["eth-a", 4],
    ["eth-b", 6],
  ]);
});

test("is the same object as long as the numbers are", () => {
  const found = withDeviceNumbers(ir, [link("eth-a", 4)]);
  expect(withDeviceNumbers(found, [link("eth-a", 4), link("eth-x", 5)])).toBe(found);
  expect(withDeviceNumbers(found, [link("eth-a", 5)]).deviceNumbers?.get("eth-a")).toBe(5);
  expect(withDeviceNumbers(found, [])).not.toHaveProperty("deviceNumbers");
  expect(withDeviceNumbers(ir, [])).toBe(ir);
});
