// The kernel's statistics of a processor as 6.18 writes them, of a kernel before 5.15, and damaged.

import fc from "fast-check";
import { expect, test } from "vitest";
import { messageOf } from "./captured-messages.ts";
import { KernelFailure } from "./kernel.ts";
import { decodeSessionFailures, statisticsMessage } from "./session-failures.ts";

const attribute = (type: number, value: number): string =>
  `0800${type.toString(16).padStart(2, "0")}00${value.toString(16).padStart(8, "0")}`;

function statistics(values: Readonly<Record<number, number>>): ReturnType<typeof messageOf> {
  const body = `00000001${Object.entries(values)
    .map(([type, value]) => attribute(Number(type), value))
    .join("")}`;
  const length = Buffer.alloc(4);
  length.writeUInt32LE(16 + body.length / 2);
  return messageOf(`${length.toString("hex")}04010200${"0".repeat(16)}${body}`);
}

test.each([
  ["nothing happened", { 2: 7, 4: 1, 8: 0, 9: 0, 10: 0, 11: 3, 12: 0, 13: 5, 14: 1, 15: 0 }, 0],
  ["the table was full", { 9: 0, 10: 12, 11: 4, 15: 0 }, 12],
  ["too many in one place, which counts as a failed insertion too", { 9: 5, 10: 0, 15: 5 }, 5],
  ["both", { 9: 9, 10: 0xffff_fff0, 15: 5 }, 0xffff_fff5],
  ["a kernel before 5.15", { 9: 2, 10: 2 }, 2],
])("%s", (_, values, wanted) => {
  const message = statistics(values);
  expect(message.type).toBe(statisticsMessage);
  expect(decodeSessionFailures(message)).toBe(wanted);
});

test("damage is a failure or another number", () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(255), fc.nat(60), (at, byte, end) => {
      const message = statistics({ 9: 1, 10: 2, 11: 3, 12: 4, 15: 5 });
      const size = message.end - message.start;
      message.view.setUint8(message.start + (at % size), byte);
      const cut = { ...message, end: message.start + (end % (size + 1)) };
      const view = new DataView(cut.view.buffer.slice(0, cut.end));
      try {
        expect(decodeSessionFailures({ ...cut, view })).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(KernelFailure);
      }
    }),
  );
});
