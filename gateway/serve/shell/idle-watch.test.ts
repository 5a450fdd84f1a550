// Idle shells, on a clock that the test moves; and which terminals can do what.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { IdleWatch } from "./idle-watch.ts";
import { terminalSize } from "./terminal-size.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function watched() {
  const said: string[] = [];
  return {
    said,
    idle: new IdleWatch(
      (text) => said.push(text.trim()),
      (text) => said.push(`END ${text.trim()}`),
    ),
  };
}

test("nothing is watched until it is set", () => {
  const { said, idle } = watched();
  idle.used();
  vi.advanceTimersByTime(10 * 3600_000);
  expect(said).toEqual([]);
});

test("it warns a minute before the end", () => {
  const { said, idle } = watched();
  idle.set(5);
  vi.advanceTimersByTime(4 * 60_000);
  expect(said).toEqual(["Warning: session will be closed in 60 seconds if there is no activity"]);
  vi.advanceTimersByTime(60_000);
  expect(said.at(-1)).toBe("END Idle timeout exceeded: closing session");
});

test("a key begins the time anew, also after the warning", () => {
  const { said, idle } = watched();
  idle.set(2);
  vi.advanceTimersByTime(90_000);
  idle.used();
  vi.advanceTimersByTime(59_000);
  expect(said).toHaveLength(1);
  idle.set(undefined);
  vi.advanceTimersByTime(3600_000);
  expect(said).toHaveLength(1);
});

test("whoever leaves takes the clock with him", () => {
  const { said, idle } = watched();
  idle.set(1);
  idle[Symbol.dispose]();
  vi.advanceTimersByTime(3600_000);
  expect(said).toEqual([]);
});

test.each([
  ["xterm-256color", "full"],
  ["vt100", "full"],
  ["screen.xterm", "full"],
  ["linux", "full"],
  ["dumb", "dumb"],
  ["unknown", "dumb"],
  ["", "dumb"],
  ["vt52", "dumb"],
])("%s is %s", (name, kind) => {
  expect(terminalSize({ name, columns: 0, rows: 100_000 })).toEqual({ kind, columns: 80, rows: 1_000 });
});
