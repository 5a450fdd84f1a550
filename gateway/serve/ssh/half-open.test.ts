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
  test("are counted over the last sixty seconds", () => {
    let nowMs = 0;
    const rate = new MinuteRate(() => nowMs);
    expect([rate.take(2), rate.take(2), rate.take(2)]).toEqual([true, true, false]);
    nowMs = 59_999;
    expect(rate.take(2)).toBe(false);
    nowMs = 60_000;
    expect([rate.take(2), rate.take(2), rate.take(2)]).toEqual([true, true, false]);
  });

  test("a higher limit counts at once", () => {
    const rate = new MinuteRate(() => 0);
    expect([rate.take(1), rate.take(1), rate.take(2)]).toEqual([true, false, true]);
  });
});
