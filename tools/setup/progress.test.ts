// The progress line on a terminal and in a log, with a clock of the test's own.

import { describe, expect, test } from "vitest";
import { beginStep } from "./progress.mjs";

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 40, write: (text: string) => written.push(text) };
}

function clock() {
  let nowMs = 0;
  return { now: () => nowMs, pass: (ms: number) => (nowMs += ms) };
}

describe("in a log", () => {
  test("a step is a line at its begin and one at its end, without control characters", () => {
    const log = screen(false);
    const time = clock();
    const step = beginStep("npm packages", { screen: log, now: time.now });
    time.pass(2_340);
    step.update("12 fetched");
    step.done();
    expect(log.written).toEqual(["  … npm packages\n", "  ✓ npm packages  2.3 s\n"]);
  });

  test("failure and summary", () => {
    const log = screen(false);
    beginStep("a", { screen: log, now: () => 0 }).failed();
    beginStep("b", { screen: log, now: () => 0 }).done("installed");
    expect(log.written).toEqual(["  … a\n", "  ✗ a  0.0 s\n", "  … b\n", "  ✓ b: installed  0.0 s\n"]);
  });
});

describe("on a terminal", () => {
  test("the line is rewritten, and cut to the width", () => {
    const terminal = screen(true);
    const step = beginStep("a title that is much longer than the terminal is wide", { screen: terminal, now: () => 0 });
    step.done();
    const [first = "", last = ""] = terminal.written;
    expect(first.startsWith("\r")).toBe(true);
    expect(first.replace("\r", "").replace("\u001b[K", "")).toHaveLength(39);
    expect(last.startsWith("\r\u001b[K  ✓")).toBe(true);
    expect(last.endsWith("\n")).toBe(true);
  });
});
