// The one line that the gateway must print, and everything else that a first line could be.

import { expect, test } from "vitest";
import { GatewayFailure, parseReadyLine } from "./gateway-process.ts";

const ready = {
  event: "enforcing",
  pid: 7,
  revision: 1,
  startToEnforcingMs: 412,
  waitedForProcessorMs: 3,
  socket: "/run/x/merlon.sock",
};

test("a ready line is read", () => {
  expect(parseReadyLine(JSON.stringify(ready))).toEqual(ready);
});

test.each([
  ["nothing", ""],
  ["text", "starting …"],
  ["another event", JSON.stringify({ ...ready, event: "starting" })],
  ["no socket", JSON.stringify({ ...ready, socket: undefined })],
  ["a time that is no number", JSON.stringify({ ...ready, startToEnforcingMs: "412" })],
  ["null", "null"],
  ["a number", "1"],
  ["a line without an end", `${JSON.stringify(ready).slice(0, -1)}`],
  ["a very long line", "x".repeat(100_000)],
])("%s is none, and the failure shows its beginning", (_, line) => {
  expect(() => parseReadyLine(line)).toThrow(GatewayFailure);
  try {
    parseReadyLine(line);
  } catch (error) {
    expect((error as Error).message).toContain(line.slice(0, 40));
    expect((error as Error).message.length).toBeLessThan(300);
  }
});
