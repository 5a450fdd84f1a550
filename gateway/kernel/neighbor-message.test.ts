// Neighbors as rtnetlink writes them: entries made by hand after linux/neighbour.h, and damage.

import { describe, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { decodeNeighbor, encodeDeleteNeighbor, encodeNeighborDump, neighborMessage } from "./neighbor-message.ts";
import { MessageWriter, readMessages } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";

const ip = (text: string): IpAddress => parseIp(text) ?? expect.fail(text);

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

interface Entry {
  readonly family?: number;
  readonly state?: number;
  readonly flags?: number;
  readonly address?: readonly number[];
  readonly mac?: readonly number[];
}

function entry({
  family = 2,
  state = 0x02,
  flags = 0,
  address = [10, 0, 0, 1],
  mac = [2, 0, 0, 0, 0, 9],
}: Entry): NetlinkMessage {
  return written((writer) => {
    writer.begin(neighborMessage.new, 0, 1).raw(Uint8Array.of(family, 0, 0, 0, 3, 0, 0, 0, state, 0, flags, 1));
    writer.attribute(1, Uint8Array.from(address));
    if (mac.length > 0) writer.attribute(2, Uint8Array.from(mac));
    // confirmed, used, updated (hundredths of seconds), references.
    writer.attribute(3, Uint8Array.from([0xf4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  });
}

const plain = {
  index: 3,
  address: ip("10.0.0.1"),
  macAddress: "02:00:00:00:00:09",
  isRouter: false,
  confirmedSeconds: 5,
};

describe("entries", () => {
  test.each<[string, Entry, object | undefined]>([
    ["of IPv4", {}, { ...plain, state: "reachable" }],
    ["that are old", { state: 0x04 }, { ...plain, state: "stale" }],
    ["that stand for ever", { state: 0x80 }, { ...plain, state: "permanent" }],
    ["that nobody answered for", { state: 0x20, mac: [] }, { ...plain, state: "failed", macAddress: "" }],
    [
      "of IPv6, a router",
      { family: 10, flags: 0x80, address: [0xfe, 0x80, ...Array(13).fill(0), 1] },
      { ...plain, address: ip("fe80::1"), state: "reachable", isRouter: true },
    ],
    ["that the gateway answers for itself", { flags: 0x08 }, undefined],
    ["that need no neighbor", { state: 0x40 }, undefined],
    ["of a bridge", { family: 7 }, undefined],
    ["without a state", { state: 0 }, undefined],
  ])("%s", (_, given, expected) => {
    expect(decodeNeighbor(entry(given))).toEqual(expected);
  });

  test("an address that is cut off is a failure of the kernel's", () => {
    expect(() => decodeNeighbor(entry({ address: [10, 0] }))).toThrow("malformed neighbor message");
  });
});

test("a request names the entry that shall go", () => {
  for (const address of [ip("10.0.0.1"), ip("2001:db8::1")]) {
    const message = written((writer) => encodeDeleteNeighbor(writer, 1, { index: 3, address }));
    expect(message.type).toBe(neighborMessage.delete);
    // Given the state that a kernel would send, it reads back as the entry.
    message.view.setUint16(message.start + 8, 0x02, true);
    expect(decodeNeighbor(message)).toMatchObject({ index: 3, address });
  }
});

test("a dump asks for everything", () => {
  const message = written((writer) => encodeNeighborDump(writer, 1));
  expect(message.type).toBe(neighborMessage.get);
  expect(message.end - message.start).toBe(12);
});
