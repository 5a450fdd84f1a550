// The decoder of connection entries: a table of captured messages, then every way to damage them.

import { formatIp } from "@merlon/model/ip/address.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { captured, messageOf } from "./captured-messages.ts";
import {
  conntrackMessage,
  decodeKey,
  decodeSession,
  encodeDelete,
  encodeDeleteMarked,
  encodeDump,
} from "./conntrack-message.ts";
import type { KernelSession, KernelTuple } from "./kernel.ts";
import { KernelFailure } from "./kernel.ts";
import { MessageWriter, netlinkFlag, readMessages } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";

function show(tuple: KernelTuple): string {
  const ports = tuple.sourcePort === undefined ? "" : ` ${tuple.sourcePort} > ${tuple.destinationPort}`;
  const icmp = tuple.icmpType === undefined ? "" : ` type ${tuple.icmpType}/${tuple.icmpCode} id ${tuple.icmpId}`;
  return `${tuple.protocol} ${formatIp(tuple.source)} > ${formatIp(tuple.destination)}${ports}${icmp}`;
}

const rows: readonly (readonly [keyof typeof captured, string, string, Partial<KernelSession>])[] = [
  [
    "udp4New",
    "17 10.1.1.2 > 10.2.1.2 53879 > 53",
    "17 10.2.1.2 > 10.1.1.2 53 > 53879",
    { id: 0xb621f581, mark: 17, timeoutSeconds: 30 },
  ],
  [
    "udp4End",
    "17 10.1.1.2 > 10.2.1.2 53879 > 53",
    "17 10.2.1.2 > 10.1.1.2 53 > 53879",
    {
      id: 0xb621f581,
      mark: 17,
      packetsOriginal: 1,
      bytesOriginal: 48,
      packetsReply: 0,
      bytesReply: 0,
      startedNs: 0x18ea4b190ca26503n,
      endedNs: 0x18ea4b19149ec30fn,
    },
  ],
  [
    "icmp4New",
    "1 10.1.1.2 > 10.2.1.2 type 8/0 id 4660",
    "1 10.2.1.2 > 10.1.1.2 type 0/0 id 4660",
    { mark: 19, timeoutSeconds: 30 },
  ],
  [
    "icmp4End",
    "1 10.1.1.2 > 10.2.1.2 type 8/0 id 4660",
    "1 10.2.1.2 > 10.1.1.2 type 0/0 id 4660",
    { packetsOriginal: 1, bytesOriginal: 36, packetsReply: 1, bytesReply: 36 },
  ],
  [
    "tcp4New",
    "6 10.1.1.2 > 10.2.1.2 42780 > 80",
    "6 10.2.1.2 > 10.1.1.2 80 > 42780",
    { mark: 18, tcpState: "SYN_SENT", timeoutSeconds: 120 },
  ],
  [
    "tcp4End",
    "6 10.1.1.2 > 10.2.1.2 42780 > 80",
    "6 10.2.1.2 > 10.1.1.2 80 > 42780",
    { mark: 18, tcpState: "TIME_WAIT", packetsOriginal: 4, bytesOriginal: 216, packetsReply: 4, bytesReply: 221 },
  ],
  ["udp6New", "17 fd00:1::2 > fd00:2::2 60846 > 53", "17 fd00:2::2 > fd00:1::2 53 > 60846", { mark: 17 }],
  // The kernel leaves a mark of zero out.
  [
    "icmp6New",
    "58 fd00:1::2 > fd00:2::2 type 128/0 id 4660",
    "58 fd00:2::2 > fd00:1::2 type 129/0 id 4660",
    { mark: 0 },
  ],
  ["tcp6New", "6 fd00:1::2 > fd00:2::2 53526 > 80", "6 fd00:2::2 > fd00:1::2 80 > 53526", { tcpState: "SYN_SENT" }],
  [
    "tcp6End",
    "6 fd00:1::2 > fd00:2::2 53526 > 80",
    "6 fd00:2::2 > fd00:1::2 80 > 53526",
    { packetsOriginal: 5, bytesOriginal: 368, packetsReply: 4, bytesReply: 301, tcpState: "TIME_WAIT" },
  ],
  // The attributes hold GRE's call keys, which are not ports.
  ["greNew", "47 10.1.1.2 > 10.2.1.2", "47 10.2.1.2 > 10.1.1.2", { mark: 0, timeoutSeconds: 30 }],
];

describe("decodeSession", () => {
  test.each(rows)("%s: %s", (name, original, reply, expected) => {
    const message = messageOf(captured[name]);
    const session = decodeSession(message);
    expect(show(session.original)).toBe(original);
    expect(show(session.reply)).toBe(reply);
    expect(session).toMatchObject(expected);
    expect(message.type).toBe(name.endsWith("New") ? conntrackMessage.new : conntrackMessage.delete);
  });

  test.each([
    ["0000020e", undefined],
    ["0000420e", true],
    ["0000c20e", true],
  ])("status %s: on the fast path: %j", (status, wanted) => {
    const message = messageOf(captured.tcp4End.replace("080003000000020e", `08000300${status}`));
    expect(decodeSession(message).offloaded).toBe(wanted);
  });

  test("what the message does not carry is absent, not zero", () => {
    const session = decodeSession(messageOf(captured.udp4New));
    expect(Object.keys(session).toSorted()).toEqual(["id", "mark", "original", "reply", "timeoutSeconds"]);
  });

  test.each(Object.entries(captured))(
    "%s cut off anywhere is a failure or a session, never anything else",
    (_, hex) => {
      const whole = messageOf(hex);
      for (let end = whole.start; end < whole.end; end++) expectSessionOrFailure({ ...whole, end });
    },
  );

  test("random bytes in place of any of a message's bytes", () => {
    const hexes = Object.values(captured);
    fc.assert(
      fc.property(
        fc.constantFrom(...hexes),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 12 }),
        (hex, changes) => {
          const message = messageOf(hex);
          for (const [at, byte] of changes)
            message.view.setUint8(message.start + (at % (message.end - message.start)), byte);
          expectSessionOrFailure(message);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test("nothing but random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const view = new DataView(bytes.slice().buffer);
        expectSessionOrFailure({ type: 0x100, flags: 0, sequence: 0, view, start: 0, end: bytes.length });
      }),
      { numRuns: 3_000 },
    );
  });
});

/** The view ends where the message ends, so that a read beyond its end would be a RangeError, no KernelFailure. */
function expectSessionOrFailure(message: NetlinkMessage): void {
  const view = new DataView(message.view.buffer.slice(0, message.end));
  for (const decode of [decodeSession, decodeKey]) {
    try {
      decode({ ...message, view });
    } catch (error) {
      expect(error).toBeInstanceOf(KernelFailure);
    }
  }
}

describe("requests", () => {
  test("a delete names the entry by the kernel's own bytes", () => {
    const { key, mark } = decodeKey(messageOf(captured.tcp6End));
    expect(mark).toBe(18);
    const written = new MessageWriter();
    encodeDelete(written, netlinkFlag.acknowledge, 7, key);
    const bytes = written.take();
    const messages: NetlinkMessage[] = [];
    readMessages(new DataView(bytes.buffer), 0, bytes.length, (message) => messages.push(message));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ type: conntrackMessage.delete, flags: 5, sequence: 7 });
    expect(decodeKey(messages[0] as NetlinkMessage).key).toEqual(key);
  });

  test("a delete by mark without any bit to compare, which would empty the table, cannot be written", () => {
    const writer = new MessageWriter();
    expect(() => encodeDeleteMarked(writer, 1, { mark: 5, mask: 0 })).toThrow("empty the connection table");
  });

  test("a delete without a tuple, which would empty the table, cannot be written", () => {
    const key = { family: 2, tuple: new Uint8Array(0), zone: undefined, id: 1 };
    expect(() => encodeDelete(new MessageWriter(), 0, 1, key)).toThrow("empty the connection table");
  });

  test("a key outlives the memory it was read from", () => {
    const message = messageOf(captured.udp4New);
    const { key } = decodeKey(message);
    const before = [...key.tuple];
    new Uint8Array(message.view.buffer).fill(0xff);
    expect([...key.tuple]).toEqual(before);
  });

  test.each([
    [0, 0, "14000000010101030900000000000000" + "00000000"],
    [0x11, 0xffffff, "24000000010101030900000000000000" + "00000000" + "0800080000000011" + "0800150000ffffff"],
  ])("a dump filtered by mark %i under mask %i", (mark, mask, expected) => {
    const writer = new MessageWriter();
    encodeDump(writer, 9, mark, mask);
    expect(Buffer.from(writer.take()).toString("hex")).toBe(expected);
  });
});

describe("sessions built at random", () => {
  const port = fc.nat(0xffff);
  const ipv4 = fc.nat(0xffff_ffff).map((value) => ({ family: 4, value }) as const);
  const ipv6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => ({ family: 6, value }) as const);
  const count = fc.maxSafeNat();
  const time = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  const states = [
    "NONE",
    "SYN_SENT",
    "SYN_RECV",
    "ESTABLISHED",
    "FIN_WAIT",
    "CLOSE_WAIT",
    "LAST_ACK",
    "TIME_WAIT",
    "CLOSE",
  ];
  const session = fc
    .record({
      addresses: fc.oneof(fc.tuple(ipv4, ipv4), fc.tuple(ipv6, ipv6)),
      ports: fc.tuple(port, port),
      protocol: fc.constantFrom(6, 17, 33, 132, 136),
      id: fc.nat(0xffff_ffff),
      mark: fc.nat(0xffff_ffff),
      timeoutSeconds: fc.nat(0xffff_ffff),
      counts: fc.option(fc.tuple(count, count, count, count), { nil: undefined }),
      times: fc.option(fc.tuple(time, time), { nil: undefined }),
      state: fc.option(fc.nat(states.length - 1), { nil: undefined }),
    })
    .map(({ addresses: [source, destination], ports: [sourcePort, destinationPort], protocol, ...rest }) => ({
      ...rest,
      original: { source, destination, protocol, sourcePort, destinationPort },
      reply: {
        source: destination,
        destination: source,
        protocol,
        sourcePort: destinationPort,
        destinationPort: sourcePort,
      },
    }));

  function u64(value: number | bigint): Uint8Array {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt(value));
    return new Uint8Array(view.buffer);
  }

  function writeTuple(writer: MessageWriter, type: number, tuple: KernelTuple): void {
    const write = ({ family, value }: KernelTuple["source"], v4: number): void => {
      if (family === 4) writer.attributeU32be(v4, value);
      else writer.attribute(v4 + 2, Uint8Array.from([...u64(value >> 64n), ...u64(value & ((1n << 64n) - 1n))]));
    };
    writer.nested(type, () => {
      writer.nested(1, () => {
        write(tuple.source, 1);
        write(tuple.destination, 2);
      });
      writer.nested(2, () => {
        writer.attributeU8(1, tuple.protocol);
        writer.attributeU16be(2, tuple.sourcePort ?? 0).attributeU16be(3, tuple.destinationPort ?? 0);
      });
    });
  }

  test("every field comes back as it was written, and nothing that was not", () => {
    fc.assert(
      fc.property(session, ({ counts, times, state, ...wanted }) => {
        const writer = new MessageWriter();
        writer.begin(conntrackMessage.new, 0, 1).netfilterHeader(2, 0);
        writeTuple(writer, 1, wanted.original);
        writeTuple(writer, 2, wanted.reply);
        writer.attributeU32be(12, wanted.id).attributeU32be(8, wanted.mark).attributeU32be(7, wanted.timeoutSeconds);
        if (counts !== undefined) {
          writer.nested(9, () => writer.attribute(1, u64(counts[0])).attribute(2, u64(counts[1])));
          writer.nested(10, () => writer.attribute(1, u64(counts[2])).attribute(2, u64(counts[3])));
        }
        if (times !== undefined)
          writer.nested(20, () => writer.attribute(1, u64(times[0])).attribute(2, u64(times[1])));
        if (state !== undefined) writer.nested(4, () => writer.nested(1, () => writer.attributeU8(1, state)));
        const bytes = writer.take().slice();
        const messages: NetlinkMessage[] = [];
        readMessages(new DataView(bytes.buffer), 0, bytes.length, (message) => messages.push(message));
        expect(decodeSession(messages[0] as NetlinkMessage)).toEqual({
          ...wanted,
          ...(counts === undefined
            ? {}
            : { packetsOriginal: counts[0], bytesOriginal: counts[1], packetsReply: counts[2], bytesReply: counts[3] }),
          ...(times === undefined ? {} : { startedNs: times[0], endedNs: times[1] }),
          ...(state === undefined ? {} : { tcpState: states[state] }),
        });
      }),
    );
  });
});
