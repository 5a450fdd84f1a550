// The C library's calls: errors by name, and batches over a pair of Unix sockets, which touch no network.

import { afterEach, describe, expect, test } from "vitest";
import {
  MessageBatch,
  SystemCallFailure,
  bindSocket,
  closeFile,
  errnoName,
  errnoOf,
  getSocketOption,
  interfaceIndex,
  interfaceName,
  openFile,
  openSocket,
  receive,
  send,
  setSocketOption,
  socketAddress,
  socketLevel,
  socketOption,
  socketType,
} from "./libc.ts";

const unixFamily = 1;
const opened: number[] = [];

/** A Unix datagram socket with an abstract address that the kernel chooses (unix(7), autobind). */
function openBound(): { readonly fd: number; readonly address: Uint8Array } {
  const fd = openSocket(unixFamily, socketType.datagram, 0);
  opened.push(fd);
  bindSocket(fd, Uint8Array.of(unixFamily, 0));
  return { fd, address: socketAddress(fd).slice() };
}

afterEach(() => {
  for (const fd of opened.splice(0)) closeFile(fd);
});

test.each([
  ["ENOBUFS", 105],
  ["EPERM", 1],
  ["EEXIST", 17],
])("%s is %i", (name, number) => {
  expect(errnoOf(name)).toBe(number);
  expect(errnoName(number)).toBe(name);
});

test("unknown numbers and names", () => {
  expect(errnoName(99_999)).toBe("errno 99999");
  expect(() => errnoOf("ENOSUCH")).toThrow("no errno is called ENOSUCH");
});

test.each([
  ["socket failed with EAFNOSUPPORT", () => openSocket(99, socketType.datagram, 0)],
  ["open failed with ENOENT", () => openFile("/no/such/file")],
  ["close failed with EBADF", () => closeFile(1_000_000)],
  ["sendto failed with EBADF", () => send(1_000_000, new Uint8Array(1))],
  ["recv failed with EBADF", () => receive(1_000_000, new Uint8Array(1))],
  ["recvmmsg failed with EBADF", () => new MessageBatch(2, 64).receive(1_000_000)],
] as const)("%s", (message, call) => {
  expect(call).toThrow(SystemCallFailure);
  expect(call).toThrow(message);
});

test("interface names", () => {
  const index = interfaceIndex("lo") ?? expect.fail("no loopback");
  expect(interfaceName(index)).toBe("lo");
  expect(interfaceIndex("nosuchdevice")).toBeUndefined();
  expect(interfaceName(2_000_000_000)).toBeUndefined();
});

test("one datagram there and nothing more", () => {
  const [a, b] = [openBound(), openBound()];
  const into = new Uint8Array(100);
  expect(receive(b.fd, into)).toBeUndefined();
  expect(send(a.fd, Uint8Array.of(1, 2, 3), 0, b.address)).toBe(3);
  expect(receive(b.fd, into)).toBe(3);
  expect([...into.subarray(0, 3)]).toEqual([1, 2, 3]);
});

test("socket options are written and read", () => {
  const { fd } = openBound();
  setSocketOption(fd, socketLevel.socket, socketOption.receiveBuffer, 20_000);
  // The kernel doubles it.
  expect(getSocketOption(fd, socketLevel.socket, socketOption.receiveBuffer)).toBe(40_000);
});

describe("MessageBatch", () => {
  test("receives several at once, each in its slot with its length", () => {
    const [a, b] = [openBound(), openBound()];
    const batch = new MessageBatch(4, 64);
    expect(batch.receive(b.fd)).toBe(0);
    for (let length = 1; length <= 6; length++) send(a.fd, new Uint8Array(length).fill(length), 0, b.address);
    expect(batch.receive(b.fd)).toBe(4);
    for (let slot = 0; slot < 4; slot++) {
      expect(batch.lengthOf(slot)).toBe(slot + 1);
      expect(batch.bytes[batch.offsetOf(slot)]).toBe(slot + 1);
      expect(batch.isTruncated(slot)).toBe(false);
    }
    expect(batch.receive(b.fd)).toBe(2);
  });

  test("tells of a datagram that was too long for its slot, and only of that one", () => {
    const [a, b] = [openBound(), openBound()];
    const batch = new MessageBatch(2, 16);
    send(a.fd, new Uint8Array(17), 0, b.address);
    send(a.fd, new Uint8Array(16), 0, b.address);
    expect(batch.receive(b.fd)).toBe(2);
    expect([batch.isTruncated(0), batch.isTruncated(1)]).toEqual([true, false]);
  });

  test("its memory stays where the kernel was told it is", () => {
    const [a, b] = [openBound(), openBound()];
    const batches = Array.from({ length: 50 }, () => new MessageBatch(8, 256));
    // Garbage that makes the collector move what can be moved.
    for (let round = 0; round < 200; round++) Array.from({ length: 1_000 }, (_, index) => ({ index }));
    for (const [index, batch] of batches.entries()) {
      send(a.fd, Uint8Array.of(index), 0, b.address);
      expect(batch.receive(b.fd)).toBe(1);
      expect(batch.bytes[0]).toBe(index);
    }
  });
});
