// Cells are the rows of the kernel's set as they stand.

import { expect, test } from "vitest";
import { Cells } from "./cells.ts";

test("a cell is four words", () => {
  const cells = new Cells(3);
  cells.push(1, 2, 3);
  cells.push(4, 5, 2 ** 32 - 1);
  expect(cells.count).toBe(2);
  expect([...cells.words]).toEqual([1, 2, 0, 3, 4, 5, 0, 2 ** 32 - 1]);
  const seen: (readonly number[])[] = [];
  cells.forEach((...cell) => seen.push(cell));
  expect(seen).toEqual([
    [1, 2, 3],
    [4, 5, 2 ** 32 - 1],
  ]);
});

test("what has no room is a mistake", () => {
  expect(() => new Cells().push(1, 2, 3)).toThrow("there is no room for more than 0 cells");
});
