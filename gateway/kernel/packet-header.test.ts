// Headers of logged packets: a table of packets built by hand from the RFCs, cut at every byte, and random bytes.

import { formatIp } from "@merlon/model/ip/address.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPacketHeader } from "./packet-header.ts";
import type { PacketHeader } from "./packet-header.ts";

const v4 = (protocol: string, rest: string, options = "", fragment = "0000"): string =>
  `4${(5 + options.length / 8).toString(16)}00004c1234${fragment}40${protocol}00000a0101020a020102${options}${rest}`;
const address1 = "fd000001000000000000000000000002";
const address2 = "fd000002000000000000000000000002";
const v6 = (next: string, rest: string): string => `600000000024${next}40${address1}${address2}${rest}`;
const ports = "d277" + "0035";

const rows: readonly (readonly [string, string, Partial<PacketHeader["tuple"]>])[] = [
  ["IPv4 TCP", v4("06", ports + "00".repeat(16)), { protocol: 6, sourcePort: 53879, destinationPort: 53 }],
  ["IPv4 UDP", v4("11", ports + "00240000"), { protocol: 17, sourcePort: 53879, destinationPort: 53 }],
  ["IPv4 SCTP", v4("84", ports + "00".repeat(8)), { protocol: 132, sourcePort: 53879, destinationPort: 53 }],
  ["IPv4 UDP behind options", v4("11", ports, "94040000"), { protocol: 17, sourcePort: 53879 }],
  ["IPv4 first fragment", v4("11", ports, "", "2000"), { protocol: 17, sourcePort: 53879 }],
  ["IPv4 later fragment", v4("11", ports, "", "2003"), { protocol: 17 }],
  ["IPv4 echo request", v4("01", "0800f7ff12340001"), { protocol: 1, icmpType: 8, icmpCode: 0, icmpId: 0x1234 }],
  ["IPv4 unreachable has no identifier", v4("01", "0303f7ff00000000"), { protocol: 1, icmpType: 3, icmpCode: 3 }],
  ["IPv4 ESP", v4("32", "00000001"), { protocol: 50 }],
  ["IPv4 cut before the ports", v4("06", "d277"), { protocol: 6 }],
  ["IPv6 TCP", v6("06", ports), { protocol: 6, sourcePort: 53879, destinationPort: 53 }],
  ["IPv6 echo reply", v6("3a", "8100000012340001"), { protocol: 58, icmpType: 129, icmpCode: 0, icmpId: 0x1234 }],
  ["IPv6 neighbour solicitation", v6("3a", "8700000000000000"), { protocol: 58, icmpType: 135, icmpCode: 0 }],
  ["IPv6 no next header", v6("3b", ""), { protocol: 59 }],
  ["IPv6 hop-by-hop, then UDP", v6("00", `1100${"00".repeat(6)}${ports}`), { protocol: 17, sourcePort: 53879 }],
  [
    "IPv6 destination options of 16 bytes, then TCP",
    v6("3c", `0601${"00".repeat(14)}${ports}`),
    { protocol: 6, sourcePort: 53879 },
  ],
  ["IPv6 AH counts in 4-byte words", v6("33", `1104${"00".repeat(22)}${ports}`), { protocol: 17, sourcePort: 53879 }],
  ["IPv6 first fragment", v6("2c", `1100000112345678${ports}`), { protocol: 17, sourcePort: 53879 }],
  ["IPv6 later fragment", v6("2c", `1100000912345678${ports}`), { protocol: 17 }],
  [
    "IPv6 routing, then fragment, then TCP",
    v6("2b", `2c00${"00".repeat(6)}0600000012345678${ports}`),
    { protocol: 6, sourcePort: 53879 },
  ],
  ["IPv6 chain cut inside an extension", v6("00", "2b00"), { protocol: 0 }],
  ["IPv6 extension that claims more than was copied", v6("00", `11ff${"00".repeat(6)}`), { protocol: 17 }],
  ["IPv6 endless chain stops", v6("3c", `3c00${"00".repeat(6)}`.repeat(40)), { protocol: 60 }],
];

function parse(hex: string): PacketHeader | undefined {
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  return readPacketHeader(new DataView(bytes.buffer), 0, bytes.length);
}

test.each<[name: string, hex: string, fragment: PacketHeader["fragment"]]>([
  ["IPv4 whole", v4("11", ports), undefined],
  ["IPv4 that must not be cut", v4("11", ports, "", "4000"), undefined],
  ["IPv4 first", v4("11", ports, "", "2000"), { id: 0x1234, offset: 0, size: 56, more: true }],
  ["IPv4 later", v4("11", ports, "", "2003"), { id: 0x1234, offset: 24, size: 56, more: true }],
  ["IPv4 last, behind options", v4("11", ports, "94040000", "0003"), { id: 0x1234, offset: 24, size: 52, more: false }],
  ["IPv6 first", v6("2c", `1100000112345678${ports}`), { id: 0x1234_5678, offset: 0, size: 28, more: true }],
  ["IPv6 later", v6("2c", `1100000912345678${ports}`), { id: 0x1234_5678, offset: 8, size: 28, more: true }],
  ["IPv6 last", v6("2c", `1100000812345678${ports}`), { id: 0x1234_5678, offset: 8, size: 28, more: false }],
  ["IPv6 that is whole", v6("2c", `1100000012345678${ports}`), undefined],
  [
    "IPv6 behind routing",
    v6("2b", `2c00${"00".repeat(6)}0600000912345678${ports}`),
    { id: 0x1234_5678, offset: 8, size: 20, more: true },
  ],
  ["IPv6 cut inside the header", v6("2c", "11000009"), undefined],
])("fragments: %s", (_, hex, fragment) => {
  expect(parse(hex)?.fragment).toEqual(fragment);
});

describe("readPacketHeader", () => {
  test.each(rows)("%s", (name, hex, expected) => {
    const header = parse(hex);
    const is4 = name.startsWith("IPv4");
    const { source, destination, ...rest } = header?.tuple ?? expect.fail("not an IP packet");
    expect(formatIp(source)).toBe(is4 ? "10.1.1.2" : "fd00:1::2");
    expect(formatIp(destination)).toBe(is4 ? "10.2.1.2" : "fd00:2::2");
    // Exactly these keys: `sourcePort` alone in a row stands for both ports.
    if (rest.destinationPort !== undefined) expect(rest).toMatchObject(expected);
    else expect(rest).toEqual(expected);
    expect(header?.length).toBe(is4 ? 76 : 76);
  });

  test.each([
    ["nothing", ""],
    ["ARP", "0001080006040001"],
    ["an IPv4 header that is cut off", "4500004c12340000401100000a0101020a0201"],
    ["an IPv4 header that claims 16 bytes", "4400004c12340000401100000a0101020a020102"],
    ["an IPv6 header that is cut off", "6000000000241140fd00"],
    ["version 5", "5500004c12340000401100000a0101020a020102"],
  ])("%s is no packet", (_, hex) => {
    expect(parse(hex)).toBeUndefined();
  });

  test("a packet cut anywhere never reads beyond its end and never invents ports", () => {
    for (const [, hex] of rows) {
      const whole = parse(hex);
      for (let length = 0; length < hex.length; length += 2) {
        const header = parse(hex.slice(0, length));
        if (header?.tuple.sourcePort !== undefined) expect(header.tuple).toEqual(whole?.tuple);
      }
    }
  });

  test("random bytes behind either version", () => {
    fc.assert(
      fc.property(fc.constantFrom(0x45, 0x4f, 0x60), fc.uint8Array({ maxLength: 300 }), (first, bytes) => {
        const packet = Uint8Array.of(first, ...bytes);
        readPacketHeader(new DataView(packet.buffer), 0, packet.length);
      }),
      { numRuns: 5_000 },
    );
  });

  test("the bounds count, not the buffer", () => {
    const bytes = Uint8Array.from(Buffer.from(`ffff${v4("11", ports)}eeee`, "hex"));
    const header = readPacketHeader(new DataView(bytes.buffer), 2, bytes.length - 2 - 4);
    expect(header?.tuple.protocol).toBe(17);
    expect(header?.tuple.sourcePort).toBeUndefined();
  });
});

describe("packets built at random", () => {
  const port = fc.nat(0xffff);
  const byte = fc.nat(0xff);
  const transport = fc.oneof(
    fc.record({ protocol: fc.constantFrom(6, 17, 132), sourcePort: port, destinationPort: port }),
    fc.record({ protocol: fc.constantFrom(50, 47, 89, 253) }),
  );
  /** Extension headers that may stand in any order, with the length that each claims in its own unit. */
  const extensions = fc.array(fc.record({ next: fc.constantFrom(0, 43, 60, 51, 135), units: fc.nat(3) }), {
    maxLength: 6,
  });

  test("IPv4 with any options and length", () => {
    fc.assert(
      fc.property(transport, fc.nat(10), fc.nat(0xffff), byte, (wanted, optionWords, length, padding) => {
        const headerLength = 20 + optionWords * 4;
        const bytes = new Uint8Array(headerLength + 8).fill(padding);
        const view = new DataView(bytes.buffer);
        view.setUint8(0, 0x40 | (headerLength / 4));
        view.setUint16(2, length);
        view.setUint16(6, 0x4000);
        view.setUint8(9, wanted.protocol);
        writePorts(view, headerLength, wanted);
        const header = readPacketHeader(view, 0, bytes.length);
        expect(header?.length).toBe(length);
        expect(header?.tuple).toMatchObject(wanted);
        expect("sourcePort" in (header?.tuple ?? {})).toBe("sourcePort" in wanted);
      }),
    );
  });

  test("IPv6 with any chain of up to six extension headers", () => {
    fc.assert(
      fc.property(transport, extensions, byte, (wanted, chain, padding) => {
        const sizes = chain.map(({ next, units }) => (next === 51 ? (units + 2) * 4 : (units + 1) * 8));
        const transportAt = sizes.reduce((sum, size) => sum + size, 40);
        const bytes = new Uint8Array(transportAt + 8).fill(padding);
        const view = new DataView(bytes.buffer);
        view.setUint8(0, 0x60);
        let at = 40;
        view.setUint8(6, chain[0]?.next ?? wanted.protocol);
        for (const [index, { units }] of chain.entries()) {
          view.setUint8(at, chain[index + 1]?.next ?? wanted.protocol);
          view.setUint8(at + 1, units);
          at += sizes[index] ?? 0;
        }
        writePorts(view, transportAt, wanted);
        const tuple = readPacketHeader(view, 0, bytes.length)?.tuple;
        expect(tuple).toMatchObject(wanted);
        expect("sourcePort" in (tuple ?? {})).toBe("sourcePort" in wanted);
      }),
    );
  });

  function writePorts(
    view: DataView,
    at: number,
    wanted: { sourcePort: number; destinationPort: number } | object,
  ): void {
    if (!("sourcePort" in wanted)) return;
    view.setUint16(at, wanted.sourcePort);
    view.setUint16(at + 2, wanted.destinationPort);
  }
});
