// Frames as they leave: what is changed in them from one flow to the next must leave a right checksum behind.

import { parseFrame } from "@merlon/lab/parse-frame.ts";
import { describe, expect, test } from "vitest";
import { benchAddress } from "./bench-address.ts";
import { FrameBatch, batchesOf, framesPerCall } from "./frame-batch.ts";
import type { FlowEntry } from "./load-job.ts";

function entry(family: 4 | 6, count: number): FlowEntry {
  const addresses = Array.from({ length: count }, (_, at) => ({
    source: 0x0a00_0000 + at,
    destination: 0x0a40_0000 - at,
  }));
  return { family, host: "nowhere", gatewayMac: "02:00:00:00:00:01", addresses, destinationPort: 1_200 };
}

describe.each([4, 6] as const)("IPv%d", (family) => {
  test.each([1_024, 1_025, 40_000, 65_535])("from port %d", (port) => {
    const batch = new FrameBatch(entry(family, 100), 50);
    batch.setSourcePort(port);
    for (const [slot, bytes] of batch.frames().entries()) {
      const at = (50 + slot) % 100;
      expect(parseFrame(bytes)).toMatchObject({
        source: benchAddress(family, 0x0a00_0000 + at),
        destination: benchAddress(family, 0x0a40_0000 - at),
        // Over IPv4 there is none.
        checksumsRight: family === 6,
        content: { kind: "udp", sourcePort: port, destinationPort: 1_200 },
      });
      if (family === 4) expect([...bytes.subarray(40, 42)]).toEqual([0, 0]);
    }
  });

  test("every address has its turn", () => {
    expect(batchesOf(entry(family, 1))).toHaveLength(1);
    expect(batchesOf(entry(family, framesPerCall + 1))).toHaveLength(2);
    expect(() => batchesOf({ ...entry(family, 1), addresses: [] })).toThrow("without addresses");
  });
});

test("every second frame may go to another port, and carry a number", () => {
  const batch = new FrameBatch(entry(4, 64), 0);
  batch.setOddPort(7_002);
  for (let slot = 0; slot < framesPerCall; slot++) batch.setNumber(slot, 70_000 + slot);
  for (const [slot, bytes] of batch.frames().entries()) {
    const frame = parseFrame(bytes);
    expect(frame).toMatchObject({ content: { destinationPort: slot % 2 === 0 ? 1_200 : 7_002 } });
    if (frame?.content.kind !== "udp") throw new Error("no UDP");
    expect(Buffer.from(frame.content.payload).readUInt32BE(0)).toBe(70_000 + slot);
  }
});
