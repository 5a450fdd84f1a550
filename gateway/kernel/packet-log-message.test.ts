// The decoder of logged packets over captured messages, damaged in every way, and the bytes of the bind request.

import { formatIp } from "@merlon/model/ip/address.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { captured, messageOf } from "./captured-messages.ts";
import { KernelFailure } from "./kernel.ts";
import { MessageWriter } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";
import { decodeLoggedPacket, encodeBind, packetLogMessage } from "./packet-log-message.ts";

const devices = new Map([
  [2, "toclient"],
  [3, "toserver"],
]);
const deviceName = (index: number): string | undefined => devices.get(index);

const rows = [
  ["udp4Denied", "10.1.1.2 > 10.2.1.2", 17, 53879, 54, 48, "deny", 3, 0],
  ["tcp4Denied", "10.1.1.2 > 10.2.1.2", 6, 33550, 81, 60, "deny", 3, 1],
  ["udp6Denied", "fd00:1::2 > fd00:2::2", 17, 60846, 54, 68, "deny six", 2, 2],
  ["tcp6Denied", "fd00:1::2 > fd00:2::2", 6, 38016, 81, 80, "deny six", 2, 3],
] as const;

describe("decodeLoggedPacket", () => {
  test.each(rows)("%s", (name, addresses, protocol, sourcePort, destinationPort, length, prefix, mark) => {
    const message = messageOf(captured[name]);
    expect(message.type).toBe(packetLogMessage.packet);
    const { packet } = decodeLoggedPacket(message, deviceName);
    expect(`${formatIp(packet.tuple.source)} > ${formatIp(packet.tuple.destination)}`).toBe(addresses);
    expect(packet.tuple).toMatchObject({ protocol, sourcePort, destinationPort });
    expect(packet).toMatchObject({ length, prefix, mark, inDevice: "toclient", outDevice: "toserver" });
  });

  test("sequence numbers are the group's own, from 0", () => {
    // tcp4 came after a retransmission in between, so only the first two and the order are certain.
    const numbers = rows.map(([name]) => decodeLoggedPacket(messageOf(captured[name]), deviceName).sequence);
    expect(numbers[0]).toBe(0);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  test("a device that is gone is left out", () => {
    const { packet } = decodeLoggedPacket(messageOf(captured.udp4Denied), () => undefined);
    expect("inDevice" in packet || "outDevice" in packet).toBe(false);
  });

  test("of a frame that crosses a bridge the port is told, where the kernel knows it", () => {
    const row = captured.udp4Denied;
    const length = row.length / 2 + 8;
    const lengthHex = Buffer.from(Uint32Array.of(length).buffer).toString("hex");
    // NFULA_IFINDEX_PHYSINDEV behind all others: device 3.
    const { packet } = decodeLoggedPacket(messageOf(`${lengthHex}${row.slice(8)}0800060000000003`), deviceName);
    expect(packet).toMatchObject({ inDevice: "toserver", outDevice: "toserver" });
  });

  test.each(rows)("%s cut off anywhere", (name) => {
    const whole = messageOf(captured[name]);
    for (let end = whole.start; end < whole.end; end++) expectPacketOrFailure({ ...whole, end });
  });

  test("random bytes anywhere in it", () => {
    const changes = fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...rows.map(([name]) => name)), changes, (name, bytes) => {
        const message = messageOf(captured[name]);
        for (const [at, byte] of bytes)
          message.view.setUint8(message.start + (at % (message.end - message.start)), byte);
        expectPacketOrFailure(message);
      }),
      { numRuns: 3_000 },
    );
  });
});

function expectPacketOrFailure(message: NetlinkMessage): void {
  const view = new DataView(message.view.buffer.slice(0, message.end));
  try {
    decodeLoggedPacket({ ...message, view }, deviceName);
  } catch (error) {
    expect(error).toBeInstanceOf(KernelFailure);
  }
}

test("the bind request, byte for byte", () => {
  const writer = new MessageWriter();
  encodeBind(writer, 1, 5);
  const hex = Buffer.from(writer.take()).toString("hex");
  expect(hex).toBe(
    [
      "48000000" + "0104" + "0500" + "01000000" + "00000000",
      "00000005",
      "05000100" + "01000000",
      "0a000200" + "000001000200" + "0000",
      "08000300" + "00007d00",
      "08000400" + "00000001",
      "08000500" + "00000040",
      "06000600" + "00010000",
    ].join(""),
  );
});
