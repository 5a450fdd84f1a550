// Members of interface ranges: how they are written, and the names that they mean.

import { expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import { membersOf } from "./range-members.ts";
import { Report } from "./report.ts";
import { emptyTree } from "./tree.ts";

function membersFor(words: string) {
  const line = `set interfaces interface-range r1 ${words}`;
  const { tree, diagnostics } = loadConfiguration(emptyTree, line, { action: "set", source: "test" });
  expect(diagnostics).toEqual([]);
  const [range] = tree.children.get("interfaces")?.children.values() ?? [];
  const report = new Report();
  return { names: [...membersOf(range!, report)], codes: report.diagnostics.map(({ code }) => code) };
}

test.each<[string, number, string]>([
  ["member ge-0/0/0", 1, "ge-0/0/0"],
  ['member "ge-0/0/[0-3,!2]"', 3, "ge-0/0/0 … ge-0/0/3"],
  ['member "ge-0/0/*"', 48, "ge-0/0/0 … ge-0/0/47"],
  ['member "ge-[0-1]/0/*"', 96, "ge-0/0/0 … ge-1/0/47"],
  ["member-range ge-0/0/0 to ge-0/0/15", 16, "ge-0/0/0 … ge-0/0/15"],
  ["member-range ge-0/0/3 to ge-0/0/3", 1, "ge-0/0/3"],
  ["member-range eth0 to eth3", 4, "eth0 … eth3"],
  ["member-range ge-0/0/40 to ge-0/1/1", 10, "ge-0/0/40 … ge-0/1/1"],
  // Four PICs of 48 ports on each card before the last.
  ["member-range ge-0/0/0 to ge-1/0/3", 4 * 48 + 4, "ge-0/0/0 … ge-1/0/3"],
  ["member-range et-1/0/0 to et-4/0/40", 3 * 4 * 48 + 41, "et-1/0/0 … et-4/0/40"],
  ["member-range ge-0/3/47 to ge-1/0/0", 2, "ge-0/3/47 … ge-1/0/0"],
])("%s: %i", (words, count, ends) => {
  const { names, codes } = membersFor(words);
  expect(codes).toEqual([]);
  expect(names).toHaveLength(count);
  expect([...new Set([names[0], names.at(-1)])].join(" … ")).toBe(ends);
});

test.each([
  "member-range ge-0/0/3 to ge-0/0/0",
  "member-range ge-1/0/0 to ge-0/0/3",
  "member-range ge-0/1/0 to ge-0/0/9",
  "member-range ge-0/0/0 to xe-0/0/3",
  "member-range ge-0/0/0 to xe-1/0/3",
  "member-range ge-0/0/0 to eth1",
  "member-range eth0 to lan3",
  "member-range ge-0/0/0 to ge-0/4/0",
  "member-range ge-0/0/0 to ge-1/0/48",
  "member-range ge-0/0/0 to ge-30/0/0",
  "member-range ge-0/0/0 to ge-999/0/0",
  'member "ge-[0-99]/[0-3]/*"',
  'member "ge-0/0/[3-1]"',
])("%s is an error", (words) => {
  expect(membersFor(words)).toEqual({ names: [], codes: ["inherit.bad-range"] });
});

test("all together are bounded", () => {
  const { tree } = loadConfiguration(
    emptyTree,
    ["0", "1", "2"].map((card) => `set interfaces interface-range r1 member "ge-${card}/[0-30]/*"`).join("\n"),
    { action: "set", source: "test" },
  );
  const [range] = tree.children.get("interfaces")?.children.values() ?? [];
  const report = new Report();
  expect(membersOf(range!, report).size).toBe(31 * 48 * 2);
  expect(report.diagnostics.map(({ code, span }) => `${code} ${span?.line}`)).toEqual(["inherit.bad-range 3"]);
});
