// Who makes room when too many connections have not logged in, and how many come in a minute.

import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { HalfOpen } from "./half-open.ts";
import type { HalfOpenConnection } from "./half-open.ts";
import { MinuteRate } from "./minute-rate.ts";

class Fake implements HalfOpenConnection {
  readonly address: string;
  isClosed = false;

  constructor(address: string) {
    this.address = address;
  }

  readonly close = (): void => {
    this.isClosed = true;
  };
}

describe("connections that have not logged in", () => {
  test("the oldest of the address with the most of them makes room", () => {
    const half = new HalfOpen(3);
    const connections = ["a", "b", "b", "c"].map((address) => new Fake(address));
    const left = connections.map((connection) => half.add(connection));
    expect(left).toEqual([undefined, undefined, undefined, connections[1]]);
    expect(connections.map(({ isClosed }) => isClosed)).toEqual([false, true, false, false]);
  });

  test("a /64 of IPv6 is one source", () => {
    const half = new HalfOpen(3);
    const connections = ["192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::2"].map((address) => new Fake(address));
    for (const connection of connections) half.add(connection);
    half.add(new Fake("2001:db8::3"));
    expect(connections.map(({ isClosed }) => isClosed)).toEqual([true, false, true, false]);
  });

  test("those that have logged in do not count", () => {
    const half = new HalfOpen(1);
    const first = new Fake("a");
    half.add(first);
    half.remove(first);
    expect(half.add(new Fake("a"))).toBeUndefined();
    expect([half.count, first.isClosed]).toEqual([1, false]);
  });

  test("law: never more than allowed, and one that opens many keeps no other out", () => {
    const addresses = fc.array(fc.constantFrom("flood", "flood", "flood", "flood", "friend"), { maxLength: 60 });
    fc.assert(
      fc.property(addresses, fc.integer({ min: 4, max: 10 }), (list, countMax) => {
        const half = new HalfOpen(countMax);
        const made = list.map((address) => new Fake(address));
        for (const connection of made) {
          half.add(connection);
          expect(half.count).toBeLessThanOrEqual(countMax);
        }
        const friends = made.filter(({ address }) => address === "friend");
        if (friends.length <= countMax / 2) expect(friends.filter(({ isClosed }) => isClosed)).toEqual([]);
      }),
    );
  });
});

describe("connections in a minute", () => {
  const from = (rate: MinuteRate, address: string, countMax: number, times: number): number =>
    Array.from({ length: times }, () => rate.take(countMax, address)).filter(Boolean).length;

  test("are counted over the last sixty seconds", () => {
    let nowMs = 0;
    const rate = new MinuteRate(() => nowMs);
    expect(from(rate, "192.0.2.1", 2, 3)).toBe(2);
    nowMs = 59_999;
    expect(rate.take(2, "192.0.2.1")).toBe(false);
    nowMs = 60_000;
    expect(from(rate, "192.0.2.1", 2, 3)).toBe(2);
  });

  test("a higher limit counts at once", () => {
    const rate = new MinuteRate(() => 0);
    expect([rate.take(1, "a"), rate.take(1, "a"), rate.take(2, "a")]).toEqual([true, false, true]);
  });

  test.each([
    [150, 135],
    [10, 9],
    [9, 9],
    [1, 1],
  ])("of %i one source takes at most %i, and others the rest", (countMax, ownMax) => {
    const rate = new MinuteRate(() => 0);
    expect(from(rate, "192.0.2.1", countMax, 1_000)).toBe(ownMax);
    expect(from(rate, "192.0.2.2", countMax, 1_000)).toBe(countMax - ownMax);
  });

  test("a /64 of IPv6 is one source", () => {
    const rate = new MinuteRate(() => 0);
    const flood = Array.from({ length: 1_000 }, (_, at) => rate.take(150, `2001:db8::${(at + 1).toString(16)}`));
    expect(flood.filter(Boolean)).toHaveLength(135);
    expect(rate.take(150, "2001:db8:0:1::1")).toBe(true);
  });
});
