// rtnetlink: a route, address or link that is written for the kernel reads back as itself, and damage is a failure.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { formatPrefix, parsePrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KernelRoute } from "./kernel.ts";
import { KernelFailure } from "./kernel.ts";
import { MessageWriter, readMessages } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";
import {
  decodeAddress,
  decodeLink,
  decodeRoute,
  encodeAddAddress,
  encodeAddRoute,
  encodeDeleteAddress,
  encodeDeleteRoute,
  encodeRouteDump,
  encodeSetLink,
} from "./network-message.ts";
import { networkMessage } from "./network-number.ts";

function written(write: (writer: MessageWriter) => void): NetlinkMessage {
  const writer = new MessageWriter();
  write(writer);
  const bytes = writer.take().slice();
  let found: NetlinkMessage | undefined;
  readMessages(new DataView(bytes.buffer), 0, bytes.length, (message) => {
    found = message;
  });
  return found ?? expect.fail("nothing was written");
}

const address4 = fc.nat(0xffff_ffff).map((value): IpAddress => ({ family: 4, value }));
const address6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value): IpAddress => ({ family: 6, value }));
const network = (family: 4 | 6): fc.Arbitrary<IpPrefix> =>
  fc
    .record({ address: family === 4 ? address4 : address6, length: fc.nat(family === 4 ? 32 : 128) })
    .map((prefix) => ({ ...prefix, address: { family, value: rangeOfPrefix(prefix).first } as IpAddress }));
const route: fc.Arbitrary<KernelRoute> = fc.oneof(
  // An IPv4 route may go by an IPv6 next hop; the reverse does not exist.
  fc.record({
    destination: network(4),
    nextHops: fc.oneof(
      fc.array(fc.oneof(address4, address6), { minLength: 1, maxLength: 16 }),
      fc.constantFrom("discard" as const, "reject" as const),
    ),
    metric: fc.nat(0xffff_ffff),
  }),
  fc.record({
    destination: network(6),
    nextHops: fc.oneof(
      fc.array(address6, { minLength: 1, maxLength: 16 }),
      fc.constantFrom("discard" as const, "reject" as const),
    ),
    metric: fc.nat(0xffff_ffff),
  }),
);

describe("what is written is read", () => {
  test("any route", () => {
    fc.assert(
      fc.property(route, (wanted) => {
        const message = written((writer) => encodeAddRoute(writer, 1, wanted));
        expect(message.type).toBe(networkMessage.newRoute);
        expect(decodeRoute(message)).toEqual(wanted);
      }),
    );
  });

  test("any address", () => {
    fc.assert(
      fc.property(fc.oneof(address4, address6), fc.nat(32), fc.nat(0x7fff_ffff), (address, length, index) => {
        const prefix = { address, length };
        expect(decodeAddress(written((writer) => encodeAddAddress(writer, 1, index, prefix)))).toEqual({
          index,
          address: prefix,
        });
        expect(decodeAddress(written((writer) => encodeDeleteAddress(writer, 1, index, prefix)))).toEqual({
          index,
          address: prefix,
        });
      }),
    );
  });
});

test.each([
  ["up", { up: true }, "0000 0000 07000000 01000000 01000000"],
  ["down", { up: false }, "0000 0000 07000000 00000000 01000000"],
  ["mtu alone leaves the state as it is", { mtu: 1400 }, "0000 0000 07000000 00000000 00000000 08000400 78050000"],
])("set-link %s", (_, change, expected) => {
  const { view, start, end } = written((writer) => encodeSetLink(writer, 1, 7, change));
  expect(Buffer.from(view.buffer).toString("hex", start, end)).toBe(expected.replaceAll(" ", ""));
});

test("a delete names our protocol and the main table, so that no other route can be meant", () => {
  const wanted = { destination: parsePrefix("10.0.0.0/8") as IpPrefix, nextHops: "discard", metric: 5 } as const;
  const { view, start } = written((writer) => encodeDeleteRoute(writer, 1, wanted));
  expect([view.getUint8(start + 4), view.getUint8(start + 5), view.getUint8(start + 7)]).toEqual([254, 77, 0]);
});

test("a dump asks for our protocol in the main table", () => {
  const { view, start } = written((writer) => encodeRouteDump(writer, 1, 6));
  expect([view.getUint8(start), view.getUint8(start + 4), view.getUint8(start + 5)]).toEqual([10, 254, 77]);
});

describe("routes that are not ours are passed over", () => {
  const ours = {
    destination: parsePrefix("10.0.0.0/8") as IpPrefix,
    nextHops: [parseIp("10.1.1.2") as IpAddress],
    metric: 5,
  };
  test.each([
    ["protocol of another", 5, 3],
    ["another table", 4, 255],
    ["a kind that Merlon does not make (prohibit)", 7, 8],
    ["learnt by the kernel", 9, 0x02],
  ])("%s", (_, offset, value) => {
    const message = written((writer) => encodeAddRoute(writer, 1, ours));
    expect(decodeRoute(message)).toEqual(ours);
    message.view.setUint8(message.start + offset, value);
    expect(decodeRoute(message)).toBeUndefined();
  });
});

test("a link as the kernel sends it", () => {
  const message = written((writer) => {
    // struct ifinfomsg with index 3 and the flags IFF_UP | IFF_LOWER_UP.
    writer
      .begin(networkMessage.newLink, 0, 1)
      .raw(Uint8Array.from(Buffer.from("0000010003000000" + "0100010000000000", "hex")));
    writer
      .attributeText(3, "eth1")
      .attributeU32(4, 1400)
      .attributeU32(10, 9)
      .attribute(1, Uint8Array.of(2, 0, 0, 0, 0, 0xfe));
    const counts = new BigUint64Array([1n, 2n, 300n, 400n, 5n]);
    writer.attribute(23, new Uint8Array(counts.buffer));
  });
  expect(decodeLink(message)).toEqual({
    link: {
      index: 3,
      device: "eth1",
      up: true,
      carrier: true,
      mtu: 1400,
      macAddress: "02:00:00:00:00:fe",
      statistics: { receivedPackets: 1, sentPackets: 2, receivedBytes: 300, sentBytes: 400 },
    },
    masterIndex: 9,
  });
});

test("damaged messages give a failure or a value whose text can be printed", () => {
  const bytes = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(route, bytes, fc.nat(200), (wanted, changes, cut) => {
      const message = written((writer) => encodeAddRoute(writer, 1, wanted));
      for (const [at, byte] of changes)
        message.view.setUint8(message.start + (at % (message.end - message.start)), byte);
      const end = Math.max(message.start, message.end - cut);
      const view = new DataView(message.view.buffer.slice(0, end));
      for (const decode of [decodeRoute, decodeAddress, decodeLink]) {
        try {
          const found = decode({ ...message, view, end });
          if (found !== undefined && "destination" in found) formatPrefix(found.destination);
        } catch (error) {
          expect(error).toBeInstanceOf(KernelFailure);
        }
      }
    }),
    { numRuns: 3_000 },
  );
});
