// Levels by row: the level lines of a file and where they lead.

import { describe, expect, test } from "vitest";
import { changeLevel, topLevel } from "./level.ts";
import { parseText } from "./parse.ts";
import { Report } from "./report.ts";

/** The levels after the lines, joined by ` > `, or the code of the first error. */
function levelsAfter(...lines: string[]): string {
  const report = new Report();
  let levels = topLevel;
  for (const part of parseText(lines.join("\n"), "test", report).parts) {
    if (part.kind === "level") levels = changeLevel(levels, part, report);
  }
  return report.diagnostics[0]?.code ?? levels.map((level) => level.join(" ")).join(" > ");
}

describe("levels", () => {
  test.each<[lines: string[], levels: string]>([
    [["top"], ""],
    [["edit system"], " > system"],
    [["edit security zones", "edit security-zone web"], " > security zones > security zones security-zone web"],
    [["edit security zones security-zone web", "up"], " > security zones"],
    [["edit security policies from-zone a to-zone b policy p", "up"], " > security policies from-zone a to-zone b"],
    [["edit security policies from-zone a to-zone b", "up"], " > security policies"],
    [["edit security zones", "edit security-zone web", "exit"], " > security zones"],
    [["edit security zones", "edit security-zone web", "top"], ""],
    [["edit interfaces eth1", "edit unit 0 family inet"], " > interfaces eth1 > interfaces eth1 unit 0 family inet"],
    [["up"], ""],
    [["exit", "exit"], ""],
    [["edit"], " > "],
    [["edit interfaces"], " > interfaces"],
    [["edit system host-name"], "edit.no-level"],
    [["edit nothing"], "schema.unknown-statement"],
    [["edit security policies from-zone a"], "schema.missing-key"],
    [["exit now"], "edit.not-a-command"],
    [Array.from({ length: 70 }, () => "edit"), "edit.no-level"],
  ])("%j", (lines, levels) => {
    expect(levelsAfter(...lines)).toBe(levels);
  });
});
