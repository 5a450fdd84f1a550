// Names over time: when they are asked for, what their answers and failures leave behind, and the limits.

import { describe, expect, test } from "vitest";
import type { DnsName } from "@merlon/compiler/address-members.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { answersOf, keptSeconds, NameBook, namesMax } from "./name-book.ts";

const name = (text: string, queryIntervalSeconds = 300) => ({ name: text, queryIntervalSeconds });
const one = (value: number): RangeSet => rangeSetOf([{ family: 4, first: value, last: value }]);

function following(...names: readonly DnsName[]): NameBook {
  const book = new NameBook();
  book.follow(names);
  return book;
}

/** When the name is due again, in seconds. */
function dueSeconds(book: NameBook): number | undefined {
  for (let second = 0; second <= 100_000; second++) if (book.take(second * 1000, 9).length > 0) return second;
  return undefined;
}

test.each([
  ["the TTL of the answer", 60, 300, 60],
  ["not more often than every 16 seconds", 1, 300, 16],
  ["not more seldom than the interval", 86_400, 300, 300],
  ["an interval below the TTL", 100, 20, 20],
])("asks again after %s", (_, ttl, interval, seconds) => {
  const book = following(name("a", interval));
  expect(book.take(0, 9)).toEqual([name("a", interval)]);
  expect(book.take(1_000_000, 9)).toEqual([]);
  book.answered("a", one(1), ttl, 0);
  expect(dueSeconds(book)).toBe(seconds);
});

test("asks sooner again after a failure, and less and less often", () => {
  const book = following(name("a", 30));
  const waits = [0, 1, 2, 3, 4, 5].map(() => {
    book.take(10_000_000, 9);
    book.failed("a", 0);
    return dueSeconds(book);
  });
  expect(waits).toEqual([2, 4, 8, 16, 30, 30]);
});

test("a server that fails leaves the last answer, one that denies takes it away", () => {
  const book = following(name("a"));
  expect(book.unresolved).toEqual([]);
  book.failed("a", 0);
  expect(book.unresolved).toEqual(["a"]);
  book.answered("a", one(1), 60, 0);
  expect([book.unresolved, book.answers]).toEqual([[], new Map([["a", one(1)]])]);
  book.failed("a", 0);
  expect(book.answers).toEqual(new Map([["a", one(1)]]));
  expect(book.unresolved).toEqual([]);
  book.denied("a", 0);
  expect([book.unresolved, book.answers]).toEqual([["a"], new Map()]);
});

test("the answers are the same object until an address changes", () => {
  const book = following(name("a"), name("b"));
  book.answered("a", one(1), 60, 0);
  const { answers } = book;
  book.answered("a", one(1), 60, 0);
  book.failed("b", 0);
  expect(book.answers).toBe(answers);
  book.answered("b", one(2), 60, 0);
  expect(book.answers).not.toBe(answers);
});

test("a name that nobody needs any more is forgotten, one that stays is not asked again", () => {
  const book = following(name("a"), name("b"));
  book.take(0, 9);
  book.answered("a", one(1), 60, 0);
  book.answered("b", one(2), 60, 0);
  book.follow([name("b"), name("c")]);
  expect([...book.answers.keys()]).toEqual(["b"]);
  expect(book.take(0, 9)).toEqual([name("c")]);
  book.answered("a", one(1), 60, 0);
  expect(book.answers.has("a")).toBe(false);
});

test("a few at a time, the longest overdue first", () => {
  const book = following(...["a", "b", "c"].map((text) => name(text)));
  expect(book.take(0, 2).map((wanted) => wanted.name)).toEqual(["a", "b"]);
  book.answered("a", one(1), 20, 0);
  book.answered("b", one(1), 16, 0);
  expect(book.take(100_000, 2).map((wanted) => wanted.name)).toEqual(["c", "b"]);
  expect(book.take(100_000, 0)).toEqual([]);
});

test("too many names are left out, and counted", () => {
  const book = following(...Array.from({ length: namesMax + 3 }, (_, n) => name(`n${n}`)));
  expect(book.leftOutCount).toBe(3);
  expect(book.take(0, 10_000)).toHaveLength(namesMax);
});

test.each([
  [0, 3_600],
  [60, 3_600],
  [600, 6_000],
  [86_400, 259_200],
])("an answer with a TTL of %i s holds for %i s when nobody renews it", (ttl, seconds) => {
  expect(keptSeconds(ttl)).toBe(seconds);
  const book = following(name("a"));
  book.answered("a", one(1), ttl, 0);
  book.failed("a", 0);
  book.expire(seconds * 1000 - 1);
  expect([book.answers.size, book.unresolved]).toEqual([1, []]);
  book.expire(seconds * 1000);
  expect([book.answers.size, book.unresolved]).toEqual([0, ["a"]]);
});

test("an answer is stale when its TTL is over and no server answers", () => {
  const book = following(name("a"), name("b"));
  book.answered("a", one(1), 60, 0);
  book.answered("b", one(2), 7_200, 0);
  const names = (nowMs: number) => book.stale(nowMs).names;
  expect(names(61_000)).toEqual([]);
  book.failed("a", 60_000);
  book.failed("b", 60_000);
  expect(names(59_999)).toEqual([]);
  expect(book.stale(60_000)).toEqual({ names: ["a"], untilMs: 3_600_000 });
  expect(book.stale(7_200_000)).toEqual({ names: ["a", "b"], untilMs: 3_600_000 });
  book.answered("a", one(1), 60, 7_200_000);
  expect(names(7_200_000)).toEqual(["b"]);
});

describe("what a process remembers of the one before", () => {
  const before = following(name("a"), name("b"), { ...name("c"), family: 4 as const });
  before.answered("a", one(1), 60, 1_000);
  before.answered("c", one(3), 60, 1_000);
  const { saved } = before;

  test("is the answers that were there", () => {
    expect(saved.map(({ name: text, family, atMs }) => [text, family, atMs])).toEqual([
      ["a", undefined, 1_000],
      ["c", 4, 1_000],
    ]);
    expect(answersOf(saved, 5_000)).toEqual(
      new Map([
        ["a", one(1)],
        ["c", one(3)],
      ]),
    );
    expect(answersOf(saved, 3_601_000).size).toBe(0);
  });

  test("is in force until the first new answer, and asked for at once", () => {
    const answers = answersOf(saved, 5_000);
    const book = new NameBook(saved, answers);
    book.follow([name("a"), { ...name("c"), family: 4 }]);
    book.expire(5_000);
    expect(book.answers).toBe(answers);
    expect(book.take(5_000, 9)).toHaveLength(2);
    book.failed("a", 5_000);
    expect(book.answers).toBe(answers);
    book.answered("a", one(9), 60, 6_000);
    expect(book.answers.get("a")).toEqual(one(9));
    expect(book.answers.get("c")).toEqual(one(3));
  });

  test("is no answer to another question, and none when it is too old", () => {
    const book = new NameBook(saved, answersOf(saved, 5_000));
    book.follow([name("a"), name("c")]);
    expect([...book.answers.keys()]).toEqual(["a"]);
    book.expire(3_601_000);
    expect(book.answers.size).toBe(0);
  });
});
