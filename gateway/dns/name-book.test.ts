// Names over time: when they are asked for, what their answers and failures leave behind, and the limits.

import { expect, test } from "vitest";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { NameBook, namesMax } from "./name-book.ts";

const name = (text: string, queryIntervalSeconds = 300) => ({ name: text, queryIntervalSeconds });
const one = (value: number): RangeSet => rangeSetOf([{ family: 4, first: value, last: value }]);

function following(...names: readonly ReturnType<typeof name>[]): NameBook {
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
