// `set cli` and `show cli` by row, and what is offered of them.

import { describe, expect, test } from "vitest";
import { completeSettings, initialSettings, takeSettingsLine } from "./cli-settings.ts";
import type { TerminalSize } from "./shell-host.ts";

const terminal: TerminalSize = { kind: "full", columns: 100, rows: 30 };
const take = (line: string) => takeSettingsLine(line.split(" "), initialSettings, terminal);

describe("changes", () => {
  test.each([
    ["set cli screen-length 0", { screenLength: 0 }, "Screen length set to 0\n"],
    ["set cli screen-len 50", { screenLength: 50 }, "Screen length set to 50\n"],
    ["set cli screen-width 511", { screenWidth: 511 }, "Screen width set to 511\n"],
    ["set cli screen-width 0", { screenWidth: 1024 }, "Screen width set to 0\n"],
    ["set cli complete-on-space off", { completesOnSpace: false }, "Disabling complete-on-space\n"],
    ["set cli complete-on-space on", { completesOnSpace: true }, "Enabling complete-on-space\n"],
    ["set cli idle-timeout 10", { idleMinutes: 10 }, "Idle timeout set to 10 minutes\n"],
    ["set cli idle-timeout 0", { idleMinutes: undefined }, "Idle timeout disabled\n"],
    ["set cli timestamp", { hasTimestamps: true }, "CLI timestamp set to: %b %d %T\n"],
    ["set cli timestamp disable", { hasTimestamps: false }, "CLI timestamp disabled\n"],
  ])("%s", (line, changed, text) => {
    expect(take(line)).toEqual({ kind: "settings", settings: { ...initialSettings, ...changed }, text });
  });

  test.each([
    ["set cli", "set cli takes"],
    ["set cli nonsense 1", "set cli takes"],
    ["set cli screen 1", "set cli takes"],
    ["set cli screen-length many", "from 0"],
    ["set cli screen-length 20000", "from 0"],
    ["set cli screen-width 20", "from 40"],
    ["set cli idle-timeout -1", "minutes from 0"],
    ["set cli complete-on-space maybe", "on or off"],
    ["set cli screen-length 5 6", "set cli takes"],
  ])("%s is refused", (line, reason) => {
    expect(take(line)).toEqual({ kind: "wrong", message: expect.stringContaining(reason) as string });
  });

  test.each(["set security", "show version", "show c", "s cli", "show cli authorization", ""])(
    "%s is another line",
    (line) => {
      expect(take(line)).toBeUndefined();
    },
  );
});

test("show cli", () => {
  expect(take("sh cli")).toEqual({
    kind: "text",
    text: `CLI complete-on-space set to on
CLI idle-timeout disabled
CLI screen-length set to 30
CLI screen-width set to 100
CLI terminal is 'xterm'
CLI timestamp disabled
`,
  });
});

test.each<[words: string[], partial: string, expected: string[]]>([
  [[], "s", ["set"]],
  [["set"], "", ["cli"]],
  [["show"], "c", ["cli"]],
  [["set", "cli"], "screen", ["screen-length", "screen-width"]],
  [["set", "cli", "complete-on-space"], "", ["on", "off"]],
  [["set", "cli", "screen-length"], "", ["<number>"]],
  [["set", "cli", "timestamp"], "d", ["disable"]],
  [["set", "cli", "screen-length", "5"], "", []],
  [["set", "cli", "nonsense"], "", []],
  [["request"], "", []],
])("behind %j %s", (words, partial, expected) => {
  expect(completeSettings(words, partial).map(({ word }) => word)).toEqual(expected);
});
