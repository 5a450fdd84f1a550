// What runs in a session is ended by its name, and nothing else is.

import { expect, test } from "vitest";
import type { Gateway } from "../gateway.ts";
import { interruptLines, runningLine } from "./running-lines.ts";

const gateway = {} as Gateway;
const lasting = new AbortController().signal;

test("what runs in a session ends, and what runs in others goes on", () => {
  using first = runningLine(gateway, "a", lasting);
  using second = runningLine(gateway, "a", lasting);
  using other = runningLine(gateway, "b", lasting);
  using none = runningLine(gateway, undefined, lasting);
  expect(interruptLines({} as Gateway, "a")).toBe(0);
  expect(interruptLines(gateway, "a")).toBe(2);
  expect([first, second, other, none].map(({ signal }) => signal.aborted)).toEqual([true, true, false, false]);
});

test("what has ended is not ended again", () => {
  {
    using _line = runningLine(gateway, "c", lasting);
  }
  expect(interruptLines(gateway, "c")).toBe(0);
});

test("a client that is gone ends its line too", () => {
  const gone = new AbortController();
  using line = runningLine(gateway, "d", gone.signal);
  gone.abort();
  expect(line.signal.aborted).toBe(true);
});
