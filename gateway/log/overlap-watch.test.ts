// Overlapping fragments: rows as the kernel decides them (net/ipv4/inet_fragment.c), and laws over packets cut at random.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { Fragment, KernelTuple } from "../kernel/kernel.ts";
import { OverlapWatch } from "./overlap-watch.ts";

function tuple(protocol = 17, text = "10.1.1.2"): KernelTuple {
  const address = parseIp(text) ?? expect.fail(text);
  return { source: address, destination: address, protocol };
}

/** `0-40+` has more behind it, `32-64` is the last. */
function piece(text: string, id = 1): Fragment {
  const [, first = "", last = "", more = ""] = /^(\d+)-(\d+)(\+?)$/.exec(text) ?? expect.fail(text);
  return { id, offset: Number(first), size: Number(last) - Number(first), more: more === "+" };
}

describe("one packet", () => {
  test.each<[why: string, pieces: string, overlaps: string]>([
    ["in order", "0-40+ 40-80+ 80-90", "..."],
    ["the last first", "80-90 40-80+ 0-40+", "..."],
    ["the same twice", "0-40+ 0-40+ 40-64", "..."],
    ["within another", "0-40+ 8-24+ 40-64", "..."],
    ["within two that follow each other", "0-40+ 40-80+ 32-48+ 80-90", "...."],
    ["within two that met in another order", "40-80+ 0-40+ 32-48+", "..x"],
    ["the end of the one before", "0-40+ 32-64", ".x"],
    ["the beginning of the one behind", "32-64 0-40+", ".x"],
    ["all of another and more", "8-16+ 0-40+", ".x"],
    ["after it is whole it begins anew", "0-40+ 40-64 32-64", "..."],
    ["after an overlap it begins anew", "0-40+ 32-64 0-40+ 32-64", ".x.x"],
    ["odd bytes in the middle do not count", "0-44+ 40-64", ".."],
    ["nothing of it is left", "0-7+ 0-40+ 40-64", "..."],
    ["beyond the end of any packet", "0-40+ 65528-65540 65520-65535", "..."],
  ])("%s: %s", (_, pieces, overlaps) => {
    const watch = new OverlapWatch();
    const found = pieces.split(" ").map((text) => (watch.overlaps(1, tuple(), piece(text), 0) ? "x" : "."));
    expect(found.join("")).toBe(overlaps);
  });
});

describe("several packets", () => {
  test.each<[why: string, where: number, of: KernelTuple, id: number, overlaps: boolean]>([
    ["the same", 1, tuple(), 1, true],
    ["another zone", 2, tuple(), 1, false],
    ["another number", 1, tuple(), 2, false],
    ["another protocol", 1, tuple(6), 1, false],
    ["another address", 1, tuple(17, "10.1.1.3"), 1, false],
  ])("%s", (_, where, of, id, overlaps) => {
    const watch = new OverlapWatch();
    watch.overlaps(1, tuple(), piece("0-40+"), 0);
    expect(watch.overlaps(where, of, piece("32-64", id), 1)).toBe(overlaps);
  });

  test("IPv6 has one number for all protocols", () => {
    const watch = new OverlapWatch();
    watch.overlaps(1, tuple(17, "fd00::1"), piece("0-40+"), 0);
    expect(watch.overlaps(1, tuple(6, "fd00::1"), piece("32-64"), 1)).toBe(true);
  });

  test("what is five seconds old is forgotten, and so is the oldest of very many", () => {
    const watch = new OverlapWatch();
    watch.overlaps(1, tuple(), piece("0-40+"), 0);
    expect(watch.overlaps(1, tuple(), piece("32-64"), 5_000)).toBe(false);
    for (let id = 2; id < 10_000; id++) watch.overlaps(1, tuple(), piece("0-40+", id), 5_001);
    expect(watch.size).toBe(4_096);
    expect(watch.overlaps(1, tuple(), piece("32-64", 9_999), 5_002)).toBe(true);
  });

  test("a packet of very many holes is forgotten", () => {
    const watch = new OverlapWatch();
    for (let at = 0; at < 65; at++) watch.overlaps(1, tuple(), piece(`${at * 16}-${at * 16 + 8}+`), 0);
    expect(watch.size).toBe(0);
  });
});

describe("laws", () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 63 }), { minLength: 1, maxLength: 12 });
  const packet = fc.record({ cuts, last: fc.integer({ min: 513, max: 520 }), order: fc.infiniteStream(fc.nat(99)) });

  function fragmentsOf({ cuts: at, last }: { cuts: readonly number[]; last: number }): Fragment[] {
    const ends = [0, ...at.toSorted((a, b) => a - b).map((cut) => cut * 8), last];
    return ends.slice(1).map((end, index) => {
      const offset = ends[index] ?? 0;
      return { id: 7, offset, size: end - offset, more: end !== last };
    });
  }

  function shuffled(pieces: readonly Fragment[], order: Iterator<number>): Fragment[] {
    const rest = [...pieces];
    return pieces.flatMap(() => rest.splice((order.next().value as number) % rest.length, 1));
  }

  test("a packet cut anywhere, in any order, overlaps nowhere and leaves nothing", () => {
    const property = fc.property(packet, (one) => {
      const watch = new OverlapWatch();
      const found = shuffled(fragmentsOf(one), one.order[Symbol.iterator]()).map((it) =>
        watch.overlaps(1, tuple(), it, 0),
      );
      expect([found.includes(true), watch.size]).toEqual([false, 0]);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("one that begins eight bytes too early overlaps the one before", () => {
    const property = fc.property(packet, fc.nat(), (one, pick) => {
      const pieces = fragmentsOf(one);
      const at = 1 + (pick % (pieces.length - 1));
      const early = pieces.map((it, index) =>
        index === at ? { ...it, offset: it.offset - 8, size: it.size + 8 } : it,
      );
      const watch = new OverlapWatch();
      expect(early.map((it) => watch.overlaps(1, tuple(), it, 0)).indexOf(true)).toBe(at);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
