// Echo requests as bytes, and what answers say about them: made by hand after RFC 792 and RFC 4443.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import { decodeEchoAnswer, encodeEchoRequest, internetChecksum, sendRefusal, splitIpv4 } from "./echo.ts";

const ip = (text: string): IpAddress => parseIp(text) ?? expect.fail(text);
const id = 0x1234;
const from = ip("10.0.0.1");

function request(family: Family, sequence = 7): Uint8Array {
  const destination = family === 4 ? from : ip("2001:db8::1");
  return encodeEchoRequest(family, id, { destination, sequence, ttl: 64, payload: Uint8Array.of(1, 2, 3) });
}

/** An error message that quotes a packet: its header, then the request. */
function quoting(type: number, code: number, family: Family, headerLength: number, about: Uint8Array): Uint8Array {
  const header = new Uint8Array(headerLength);
  header[0] = family === 4 ? 0x40 | (headerLength / 4) : 0x60;
  return Uint8Array.from([type, code, 0, 0, 0, 0, 0, 0, ...header, ...about]);
}

describe("requests", () => {
  test("carry identifier, sequence and payload", () => {
    expect([...request(6)]).toEqual([128, 0, 0, 0, 0x12, 0x34, 0, 7, 1, 2, 3]);
    expect([...request(4)].slice(4)).toEqual([0x12, 0x34, 0, 7, 1, 2, 3]);
  });

  test("of IPv4 have a checksum that makes the whole sum up to nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 99 }), fc.nat(0xffff), (payload, sequence) => {
        const bytes = encodeEchoRequest(4, id, { destination: from, sequence, ttl: 1, payload });
        expect(internetChecksum(bytes)).toBe(0);
      }),
    );
  });
});

describe("answers", () => {
  const reply = (family: Family, more: Partial<Record<number, number>> = {}): Uint8Array => {
    const bytes = request(family);
    bytes[0] = family === 4 ? 0 : 129;
    for (const [at, value] of Object.entries(more)) bytes[Number(at)] = value ?? 0;
    return bytes;
  };

  test.each<[string, Family, Uint8Array, object | undefined]>([
    ["a reply", 4, reply(4), { kind: "reply", sequence: 7, lengthBytes: 11 }],
    ["a reply of IPv6", 6, reply(6), { kind: "reply", sequence: 7 }],
    ["a reply to somebody else", 4, reply(4, { 4: 0x99 }), undefined],
    ["our own request, which comes by as well", 4, request(4), undefined],
    ["time exceeded", 4, quoting(11, 0, 4, 20, request(4)), { kind: "time-exceeded", sequence: 7 }],
    ["behind IP options", 4, quoting(11, 0, 4, 24, request(4)), { kind: "time-exceeded", sequence: 7 }],
    ["no such host", 4, quoting(3, 1, 4, 20, request(4)), { kind: "unreachable", code: 1 }],
    ["too big for a link", 4, quoting(3, 4, 4, 20, request(4)), { kind: "too-big", code: 4 }],
    ["no route, IPv6", 6, quoting(1, 0, 6, 40, request(6)), { kind: "unreachable", sequence: 7 }],
    ["too big, IPv6", 6, quoting(2, 0, 6, 40, request(6)), { kind: "too-big" }],
    ["time exceeded, IPv6", 6, quoting(3, 0, 6, 40, request(6)), { kind: "time-exceeded" }],
    ["about a packet of another program", 4, quoting(11, 0, 4, 20, reply(4)), undefined],
    ["cut off", 4, quoting(11, 0, 4, 20, request(4)).subarray(0, 34), undefined],
    ["nothing at all", 4, new Uint8Array(0), undefined],
  ])("%s", (_, family, bytes, expected) => {
    const found = decodeEchoAnswer(family, id, bytes, { from, ttl: 60 });
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject({ from, ttl: 60, ...expected });
  });

  test("any bytes are an answer or none, never an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom<Family>(4, 6), (bytes, family) => {
        decodeEchoAnswer(family, id, bytes, { from });
        splitIpv4(bytes);
      }),
    );
  });
});

test.each([
  [
    Uint8Array.from([0x45, ...Array(7).fill(0), 63, ...Array(11).fill(0), 9, 8]),
    { ttl: 63, payload: Uint8Array.of(9, 8) },
  ],
  [Uint8Array.from([0x45, 0, 0]), undefined],
  [Uint8Array.from([0x42, ...Array(30).fill(0)]), undefined],
])("an IPv4 header comes off: %#", (bytes, expected) => {
  expect(splitIpv4(bytes)).toEqual(expected);
});

test.each([
  ["ENETUNREACH", "no route to 10.0.0.1"],
  ["EPERM", "a policy of the gateway refuses the request to 10.0.0.1"],
  ["EMSGSIZE", "the request to 10.0.0.1 is longer than the MTU allows"],
  ["EIO", "the request to 10.0.0.1 cannot be sent (EIO)"],
])("%s is said as a sentence", (code, sentence) => {
  expect(sendRefusal(code, { destination: from })).toBe(sentence);
});
