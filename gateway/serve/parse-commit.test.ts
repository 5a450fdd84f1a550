// What may stand behind `commit`, row by row, and what is refused with which sentence.

import { describe, expect, test } from "vitest";
import { parseCommit } from "./parse-commit.ts";
import { splitWords } from "@merlon/shell/line-parts.ts";

function parse(line: string): unknown {
  const { kind, ...found } = parseCommit(splitWords(line) ?? []);
  return kind === "wrong" ? (found as { message: string }).message : found;
}

const plain = { check: false, andQuit: false, synchronize: false };

test.each([
  ["", plain],
  ["check", { ...plain, check: true }],
  ['comment "a b"', { ...plain, comment: "a b" }],
  ["confirmed", { ...plain, confirmedMinutes: 10 }],
  ["confirmed 1", { ...plain, confirmedMinutes: 1 }],
  ["confirmed 65535", { ...plain, confirmedMinutes: 65_535 }],
  ['confirmed 5 comment "x"', { ...plain, confirmedMinutes: 5, comment: "x" }],
  ['comment "x" confirmed and-quit', { ...plain, confirmedMinutes: 10, comment: "x", andQuit: true }],
  ["and-quit", { ...plain, andQuit: true }],
  ["synchronize", { ...plain, synchronize: true }],
  ["synchronize force and-quit", { ...plain, synchronize: true, andQuit: true }],
  ["at 06:30", { ...plain, at: "06:30" }],
  ["at reboot comment night", { ...plain, at: "reboot", comment: "night" }],
  ["at 2026-11-23 06:30 comment x", { ...plain, at: "2026-11-23 06:30", comment: "x" }],
  ['at "2026-11-23 06:30:15" and-quit', { ...plain, at: "2026-11-23 06:30:15", andQuit: true }],
  ["check synchronize", { ...plain, check: true, synchronize: true }],
])("commit %s", (line, expected) => {
  expect(parse(line)).toEqual(expected);
});

describe("refused", () => {
  test.each([
    ["confirmed 0", "confirmed takes 1 to 65535 minutes"],
    ["confirmed 65536", "confirmed takes 1 to 65535 minutes"],
    ["confirmed -1", '"-1" is not expected here'],
    ["at", "at needs a time"],
    ["comment", "comment needs a text"],
    [`comment ${"x".repeat(513)}`, "a comment has at most 512 characters"],
    ["check confirmed", "check stands alone: it puts nothing into force"],
    ["check and-quit", "check stands alone: it puts nothing into force"],
    ["at 06:30 confirmed", "at and confirmed exclude each other"],
    ["confirmed confirmed", '"confirmed" stands twice'],
    ["frobnicate", '"frobnicate" is not expected here'],
  ])("commit %s", (line, expected) => {
    expect(parse(line)).toBe(expected);
  });
});
