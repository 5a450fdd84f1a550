// Frames against packets whose bytes are known from elsewhere, and the law that what is built is read back with right
// checksums.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildFrame, checksum, fold, tcpFlags } from "./frames.ts";
import type { Frame, FrameContent } from "./frames.ts";
import { parseFrame } from "./parse-frame.ts";

const macs = { sourceMac: "02:00:00:00:01:10", destinationMac: "02:00:00:00:01:01" };
const hexOf = (bytes: Uint8Array) => bytes.toHex();
const bytesOf = (hex: string) => Uint8Array.fromHex(hex.replaceAll(/\s/g, ""));

describe("checksum", () => {
  test("is the one of the example in RFC 1071, section 3", () => {
    expect(checksum(bytesOf("0001 f203 f4f5 f6f7"))).toBe(~0xddf2 & 0xffff);
  });

  test("is the one of a well-known IPv4 header", () => {
    expect(checksum(bytesOf("4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7"))).toBe(0xb861);
  });

  test.each([
    ["nothing", "", 0xffff],
    ["zeroes", "0000", 0xffff],
    ["ones", "ffff", 0],
    ["an odd byte", "01", 0xfeff],
  ])("of %s", (_, hex, expected) => {
    expect(checksum(bytesOf(hex))).toBe(expected);
  });

  test("does not depend on how the bytes are cut into even parts", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(100), (bytes, cut) => {
        expect(checksum(bytes.subarray(0, cut * 2), bytes.subarray(cut * 2))).toBe(checksum(bytes));
      }),
    );
  });

  test("folds any carry", () => {
    expect(fold(0x1_ffff)).toBe(1);
    expect(fold(0xffff_ffff)).toBe(0xffff);
  });
});

describe("buildFrame", () => {
  test("builds this UDP packet over IPv4", () => {
    const frame = buildFrame({
      ...macs,
      source: "10.10.1.10",
      destination: "10.10.2.10",
      content: { kind: "udp", sourcePort: 40_000, destinationPort: 53, payload: bytesOf("0102") },
    });
    expect(hexOf(frame)).toBe(
      hexOf(
        bytesOf(`
          020000000101 020000000110 0800
          4500 001e 0000 4000 4011 23a8 0a0a010a 0a0a020a
          9c40 0035 000a 4b3b 0102`),
      ),
    );
  });

  test("builds this echo over IPv6, whose checksum covers the addresses", () => {
    const frame = buildFrame({
      ...macs,
      source: "2001:db8::1",
      destination: "2001:db8::2",
      content: { kind: "icmp", type: 128, code: 0, body: bytesOf("0001 0001") },
    });
    expect(hexOf(frame.subarray(14))).toBe(
      hexOf(
        bytesOf(`
          6000 0000 0008 3a40
          20010db8000000000000000000000001 20010db8000000000000000000000002
          8000 2446 0001 0001`),
      ),
    );
  });

  test("sends a UDP checksum of zero as all ones", () => {
    // The source port that makes the sum come out so is found by trying all of them.
    const content = (sourcePort: number): FrameContent => ({
      kind: "udp",
      sourcePort,
      destinationPort: 53,
      payload: new Uint8Array(),
    });
    const checksums = new Set<number>();
    for (let port = 0; port < 65_536; port++) {
      const frame = buildFrame({ ...macs, source: "10.0.0.1", destination: "10.0.0.2", content: content(port) });
      checksums.add(new DataView(frame.buffer).getUint16(14 + 20 + 6));
    }
    expect(checksums.has(0)).toBe(false);
    expect(checksums.has(0xffff)).toBe(true);
  });

  test.each([
    ["two families", { source: "10.0.0.1", destination: "2001:db8::1" }, "different families"],
    ["no address", { source: "here", destination: "10.0.0.1" }, "not an IP address"],
    ["no MAC address", { source: "10.0.0.1", destination: "10.0.0.2", sourceMac: "02:00" }, "not a MAC"],
  ])("refuses %s", (_, part, reason) => {
    const content: FrameContent = { kind: "other", protocol: 50, payload: new Uint8Array() };
    expect(() => buildFrame({ ...macs, ...part, content })).toThrow(reason);
  });

  test("refuses a packet that no length field can hold", () => {
    const content: FrameContent = { kind: "other", protocol: 50, payload: new Uint8Array(65_536) };
    expect(() => buildFrame({ ...macs, source: "10.0.0.1", destination: "10.0.0.2", content })).toThrow("too long");
  });
});

const port = fc.nat(65_535);
const payload = fc.uint8Array({ maxLength: 100 });
const content: fc.Arbitrary<FrameContent> = fc.oneof(
  fc.record({ kind: fc.constant("udp" as const), sourcePort: port, destinationPort: port, payload }),
  fc.record({
    kind: fc.constant("tcp" as const),
    sourcePort: port,
    destinationPort: port,
    sequence: fc.nat(0xffff_ffff),
    acknowledgement: fc.nat(0xffff_ffff),
    flags: fc.nat(255),
    payload,
  }),
  fc.record({ kind: fc.constant("icmp" as const), type: fc.nat(255), code: fc.nat(255), body: payload }),
  fc.record({ kind: fc.constant("other" as const), protocol: fc.constantFrom(2, 47, 50, 51, 89, 132), payload }),
);
const ends = fc.oneof(
  fc.record({ source: fc.ipV4(), destination: fc.ipV4() }),
  fc.record({ source: ipv6(), destination: ipv6() }),
);

/** In the form that is printed, so that equal addresses are equal texts. */
function ipv6(): fc.Arbitrary<string> {
  return fc
    .array(
      fc.nat(0xfffe).map((group) => group + 1),
      { minLength: 8, maxLength: 8 },
    )
    .map((groups) => groups.map((group) => group.toString(16)).join(":"));
}

test("what is built is read back, with right checksums", () => {
  fc.assert(
    fc.property(ends, content, fc.integer({ min: 1, max: 255 }), (addresses, inside, hopLimit) => {
      const frame: Frame = { ...macs, ...addresses, hopLimit, content: inside };
      expect(parseFrame(buildFrame(frame))).toEqual({
        ...frame,
        family: addresses.source.includes(":") ? 6 : 4,
        checksumsRight: true,
      });
    }),
    { numRuns: 1_000 },
  );
});

test("one changed bit of a TCP packet is seen by a checksum", () => {
  const frame: Frame = {
    ...macs,
    source: "10.0.0.1",
    destination: "10.0.0.2",
    content: {
      kind: "tcp",
      sourcePort: 1,
      destinationPort: 2,
      sequence: 3,
      acknowledgement: 0,
      flags: tcpFlags.syn,
      payload: bytesOf("00112233"),
    },
  };
  const good = buildFrame(frame);
  fc.assert(
    fc.property(fc.integer({ min: 14 * 8, max: good.length * 8 - 1 }), (bit) => {
      const bytes = Uint8Array.from(good);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(parseFrame(bytes)?.checksumsRight ?? false).toBe(false);
    }),
  );
});

test("frames that are cut or random are undefined or something, and never an exception", () => {
  const good = buildFrame({
    ...macs,
    source: "10.0.0.1",
    destination: "10.0.0.2",
    content: { kind: "udp", sourcePort: 1, destinationPort: 2, payload: new Uint8Array(9) },
  });
  for (let length = 0; length < good.length; length++) expect(parseFrame(good.subarray(0, length))).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(0x0800, 0x86dd, 0x0806), (bytes, type) => {
      if (bytes.length >= 14) new DataView(bytes.buffer).setUint16(12, type);
      parseFrame(bytes);
    }),
    { numRuns: 2_000 },
  );
});

test("the padding of a short Ethernet frame is not part of the packet", () => {
  const short = buildFrame({
    ...macs,
    source: "10.0.0.1",
    destination: "10.0.0.2",
    content: { kind: "icmp", type: 8, code: 0, body: bytesOf("00010001") },
  });
  const padded = new Uint8Array(60);
  padded.set(short);
  expect(parseFrame(padded)).toEqual(parseFrame(short));
});
