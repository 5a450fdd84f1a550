// The stream's frames: each a new flow, each with a right checksum although only patched.

import { describe, expect, test } from "vitest";
import { FlowFrames, firstSourcePort, portsPerSource } from "./flow-frames.ts";
import { parseFrame } from "./parse-frame.ts";

const macs = { sourceMac: "02:00:00:00:02:10", destinationMac: "02:00:00:00:02:01" };

describe.each([
  ["IPv4", ["10.10.2.10", "10.10.2.11"], "198.51.100.10"],
  ["IPv6", ["2001:db8:10:2::10", "2001:db8:10:2::11"], "2001:db8:198::10"],
])("frames over %s", (_, sources, destination) => {
  test("begin a new flow each until all flows are used, then the first again", () => {
    const frames = new FlowFrames({ ...macs, sources, destination, destinationPort: 53 });
    expect(frames.flowCount).toBe(2 * portsPerSource);
    const seen = new Set<string>();
    for (let count = frames.flowCount; count > 0; count--) {
      const bytes = frames.next();
      const offset = 14 + (destination.includes(":") ? 40 : 20);
      // The last byte of the source address tells the two addresses apart.
      seen.add(
        `${bytes[offset - (destination.includes(":") ? 17 : 5)]} ${new DataView(bytes.buffer).getUint16(offset)}`,
      );
    }
    expect(seen.size).toBe(frames.flowCount);
    const again = parseFrame(frames.next());
    expect(again).toMatchObject({ source: sources[0], content: { sourcePort: firstSourcePort } });
  });

  test("have right checksums and count up", () => {
    const frames = new FlowFrames({ ...macs, sources, destination, destinationPort: 53 });
    for (let number = 0; number < 5_000; number++) {
      const frame = parseFrame(frames.next());
      expect(frame?.checksumsRight).toBe(true);
      expect(frame).toMatchObject({ ...macs, destination, content: { kind: "udp", destinationPort: 53 } });
      if (frame?.content.kind !== "udp") throw new Error("not UDP");
      const { payload } = frame.content;
      expect(new DataView(payload.buffer, payload.byteOffset).getUint32(0)).toBe(number);
    }
  });
});

test("a stream without a source address is refused", () => {
  expect(() => new FlowFrames({ ...macs, sources: [], destination: "10.0.0.1", destinationPort: 1 })).toThrow("source");
});
