// The C library's calls on real namespaces and devices: a thread that moves, frames through a packet socket, batches
// that are sent and received. Runs only inside `tools/setup/enclose.sh`.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  MessageBatch,
  addressFamily,
  bindSocket,
  closeFile,
  enterNamespace,
  interfaceIndex,
  networkNamespace,
  openFile,
  openSocket,
  socketType,
} from "./libc.ts";
import { StoryNetwork } from "./story-network.ts";
import { enclosed, skipReason } from "./story-watch.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

/** An ethertype for local experiments (IEEE 802), which nothing else here sends. */
const ethertype = 0x88b5;

describe.skipIf(!enclosed)(`libc on namespaces${skipReason}`, () => {
  let network: StoryNetwork;
  const opened: number[] = [];
  beforeEach(async () => {
    network = await StoryNetwork.create();
  });
  afterEach(async () => {
    for (const fd of opened.splice(0)) closeFile(fd);
    await network[Symbol.asyncDispose]();
  });

  /** A packet socket that is bound to a device of the namespace that the thread is in. */
  function openPacketSocket(device: string): number {
    const fd = openSocket(addressFamily.packet, socketType.raw, 0);
    opened.push(fd);
    // struct sockaddr_ll: family 0, protocol 2 in network order, interface index 4.
    const address = new DataView(new ArrayBuffer(20));
    address.setUint16(0, addressFamily.packet, true);
    address.setUint16(2, ethertype);
    address.setUint32(4, interfaceIndex(device) ?? expect.fail(`no device ${device}`), true);
    bindSocket(fd, new Uint8Array(address.buffer));
    return fd;
  }

  test("devices and settings are those of the namespace that the thread is in", () => {
    expect(interfaceIndex("toclient")).toBeGreaterThan(0);
    expect(interfaceIndex("eth0")).toBeUndefined();
    network.at("client", () => {
      expect(interfaceIndex("eth0")).toBeGreaterThan(0);
      expect(interfaceIndex("toclient")).toBeUndefined();
      writeSysctl("net.ipv4.ip_forward", "1");
    });
    expect(readSysctl("net.ipv4.ip_forward")).toBe("0");
    expect(network.at("client", () => readSysctl("net.ipv4.ip_forward"))).toBe("1");
  });

  test("the thread comes back even when what it did there threw", () => {
    expect(() =>
      network.at("server", () => {
        throw new Error("there");
      }),
    ).toThrow("there");
    expect(interfaceIndex("toclient")).toBeGreaterThan(0);
  });

  test("something that is no namespace is refused", () => {
    const fd = openFile("/dev/null");
    opened.push(fd);
    expect(() => enterNamespace(fd, networkNamespace)).toThrow("setns failed with EINVAL");
    expect(() => enterNamespace(1_000_000, networkNamespace)).toThrow("setns failed with EBADF");
  });

  test("frames of every length go by packet socket from one namespace into another, many with each call", async () => {
    const sender = network.at("client", () => openPacketSocket("eth0"));
    const receiver = openPacketSocket("toclient");
    const out = new MessageBatch(32, 1_600);
    const back = new MessageBatch(32, 1_600);
    let nextLength = 60;
    let received = 0;
    while (nextLength <= 1_500) {
      const count = Math.min(out.count, 1_501 - nextLength);
      for (let slot = 0; slot < count; slot++) {
        const length = nextLength + slot;
        const frame = out.bytes.subarray(out.offsetOf(slot), out.offsetOf(slot) + length);
        frame.fill(length & 0xff);
        // To everybody, from a locally administered address.
        frame.set([255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, ethertype >>> 8, ethertype & 0xff]);
        out.setLength(slot, length);
      }
      expect(out.send(sender, count)).toBe(count);
      const arrived = back.receive(receiver);
      for (let slot = 0; slot < arrived; slot++) {
        const length = nextLength + slot;
        expect(back.lengthOf(slot)).toBe(length);
        expect(back.bytes[back.offsetOf(slot) + length - 1]).toBe(length & 0xff);
      }
      received += arrived;
      nextLength += count;
    }
    expect(received).toBe(1_441);
  });
});
