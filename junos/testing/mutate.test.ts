// The damage itself: the same numbers do the same damage, it is damage mostly, and it stays within its bounds. Every kind
// of it is done by some numbers.

import { describe, expect, test } from "vitest";
import { mutate, mutatedLengthMax } from "./mutate.ts";
import { Random } from "./random.ts";

const text = 'system {\n    host-name "a b";\n    services {\n        ssh;\n    }\n}\n';
const material = { words: ["zone", "any", "permit"], texts: ["security { zones; }\n", "<configuration/>\n"] };
const damaged = (run: number): string => mutate(text, new Random(1, run), material);
const many = Array.from({ length: 3_000 }, (_, run) => damaged(run));

describe("damage", () => {
  test("is the same for the same numbers", () => {
    for (let run = 0; run < 100; run++) expect(damaged(run)).toBe(many[run]);
  });

  test("is damage, and of many kinds", () => {
    expect(many.filter((one) => one !== text).length).toBeGreaterThan(2_800);
    expect(new Set(many).size).toBeGreaterThan(2_000);
  });

  test("stays short, mostly", () => {
    const lengths = many.map(({ length }) => length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(mutatedLengthMax);
    expect(lengths.reduce((sum, length) => sum + length, 0) / lengths.length).toBeLessThan(3_000);
  });

  test.each<[what: string, seen: (one: string) => boolean]>([
    ["a lost brace", (one) => one.split("{").length < text.split("{").length],
    ["a lost quote", (one) => one.split('"').length === 2],
    ["a doubled brace", (one) => one.split("}").length > text.split("}").length],
    ["a cut file", (one) => one.length > 0 && one !== text && text.startsWith(one)],
    ["bytes that are not UTF-8", (one) => one.includes("\ufffd")],
    ["another file inside", (one) => one.includes("<configuration")],
    ["a word of the language", (one) => one.includes("permit")],
    ["a very long word", (one) => one.length > 60_000],
    ["deep nesting", (one) => one.split("{ a {").length > 20],
    ["joined lines", (one) => one.includes("services { ssh;")],
    ["a wrapped statement", (one) => /host-name\n +"a b"/.test(one)],
    ["CRLF", (one) => one.includes("\r\n")],
    ["a command", (one) => one.includes("\nset ")],
  ])("brings %s", (_, seen) => {
    expect(many.some(seen)).toBe(true);
  });

  test("of nothing is something or nothing", () => {
    for (let run = 0; run < 500; run++) expect(mutate("", new Random(2, run), material)).toBe("");
    for (let run = 0; run < 500; run++) expect(typeof mutate("a", new Random(2, run), material)).toBe("string");
  });
});

describe("random numbers", () => {
  test("of another seed or run are others", () => {
    const first = (seed: number, run: number): string => {
      const random = new Random(seed, run);
      return Array.from({ length: 4 }, () => random.below(1_000_000)).join(" ");
    };
    const seen = new Set(Array.from({ length: 50 }, (_, at) => [first(at, 7), first(7, at)]).flat());
    expect(seen.size).toBe(99);
  });

  test("reach both ends and nothing beyond", () => {
    const random = new Random(3);
    const counts = new Map<number, number>();
    for (let at = 0; at < 6_000; at++) {
      const number = random.below(6);
      counts.set(number, (counts.get(number) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const count of counts.values()) expect(count).toBeGreaterThan(800);
    expect(() => random.pick([])).toThrow("nothing to pick from");
  });
});
