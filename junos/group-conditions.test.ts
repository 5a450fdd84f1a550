// Conditions of groups, row by row: what stands below `when`, what this gateway is, and whether the group counts.

import { describe, expect, test } from "vitest";
import { asksForSettings, decideGroup } from "./group-conditions.ts";
import type { GatewayIdentity } from "./group-conditions.ts";
import { inherit } from "./inherit.ts";
import { loadConfiguration } from "./load.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const now = Temporal.ZonedDateTime.from("2026-11-23T10:00[UTC]");
const own = { hostName: "fw-1", now };

function load(lines: string): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, lines, { action: "set", source: "test" });
  expect(diagnostics).toEqual([]);
  return tree;
}

test.each<[conditions: string, identity: GatewayIdentity, kind: string]>([
  ["", {}, "met"],
  ["model merlon", {}, "met"],
  ["model srx1500", {}, "unmet"],
  ["routing-engine re0", {}, "met"],
  ["routing-engine re1", {}, "unmet"],
  ["chassis lcc0", {}, "unmet"],
  ["member member0", {}, "unmet"],
  ["node node0", { node: "node0" }, "met"],
  ["node node1", { node: "node0" }, "unmet"],
  ["node node1", {}, "no-node"],
  ["peers fw-1", { own }, "met"],
  ["peers [ fw-0 fw-1 ]", { own }, "met"],
  ["peers fw-2", { own }, "unmet"],
  ["peers fw-1", { own: { now } }, "unmet"],
  ["peers fw-1", {}, "not-yet"],
  ["time 09:00 to 11:00", { own }, "met"],
  ["time 9am", { own }, "met"],
  ["time 11:00 to 12:00", { own }, "unmet"],
  ["time 2026-11-23.10:00", { own }, "met"],
  ["time 2026-11-23.10:01", { own }, "unmet"],
  ["time 09:00", {}, "not-yet"],
  ["time 09:00 to 2026-11-24.10:00", { own }, "wrong"],
  ["time to 10:00", { own }, "wrong"],
  ["time 11:00 to 12:00", { own, timeMet: (name) => name === "g" }, "met"],
  ["time 11:00 to 12:00", { own, timeMet: (name) => name === "h" }, "unmet"],
  ["time 11:00 to 12:00; model srx340", { own, timeMet: () => true }, "unmet"],
  ["time to 10:00", { own, timeMet: () => true }, "wrong"],
  // All of them, and what is wrong or unmet for certain is said first.
  ["model merlon; node node0; time 09:00 to 11:00", { node: "node0", own }, "met"],
  ["model merlon; node node1; time 09:00 to 11:00", { node: "node0", own }, "unmet"],
  ["node node0; time 11:00 to 12:00", { own }, "unmet"],
  ["node node0; time 09:00 to 12:00", { own }, "no-node"],
  ["chassis lcc0; time to 10:00", { own }, "wrong"],
])("%s, %j: %s", (conditions, identity, kind) => {
  const lines = conditions.split(";").map((one) => `set groups g ${one === "" ? "" : `when ${one.trim()}`}`);
  const group = load([...lines, "set groups g system host-name x"].join("\n")).children.get("groups g");
  const found = group ?? [...load(lines.join("\n")).children.values()][0];
  if (found === undefined) throw new Error("no group");
  expect(decideGroup(found, identity).kind).toBe(kind);
});

test.each([
  ["deactivate groups g when", "met"],
  ["deactivate groups g when model", "met"],
])("%s: %s", (line, kind) => {
  const tree = load(`set groups g when model srx340\nset groups g system host-name x\n${line}`);
  const [group] = tree.children.values();
  expect(group === undefined ? undefined : decideGroup(group, {}).kind).toBe(kind);
});

describe("groups that ask for what the configuration says", () => {
  const timed = [
    "set groups night when time 22:00 to 06:00",
    "set groups night system services ssh",
    "set groups zone system time-zone Asia/Tokyo",
    "set groups zone system host-name fw-1",
    "set groups here when peers fw-1",
    "set groups here system login message here",
    "set apply-groups [ night zone here ]",
  ].join("\n");
  const at = (instant: string) => ({
    own: (expanded: ConfigNode) => {
      const text = printSetLines(expanded).join("\n");
      const zone = /time-zone (\S+)/.exec(text)?.[1] ?? "UTC";
      const hostName = /host-name (\S+)/.exec(text)?.[1];
      return { hostName, now: Temporal.Instant.from(instant).toZonedDateTimeISO(zone) };
    },
  });

  test.each([
    // 22:30 in Tokyo, which another group says is the time zone.
    ["2026-11-23T13:30Z", true],
    ["2026-11-23T12:30Z", false],
    ["2026-11-23T20:59Z", true],
    ["2026-11-23T21:00Z", false],
  ])("at %s the night is %s", (instant, night) => {
    const { tree, diagnostics, timed: groups } = inherit(load(timed), at(instant));
    expect(diagnostics).toEqual([]);
    const lines = printSetLines(tree);
    expect(lines.includes("set system services ssh")).toBe(night);
    expect(lines).toContain("set system login message here");
    expect(groups).toEqual({ timeZone: "Asia/Tokyo", met: new Set(night ? ["night"] : []) });
  });

  test("without an answer they count never", () => {
    const { tree, diagnostics, timed: groups } = inherit(load(timed));
    expect(diagnostics).toEqual([]);
    expect(printSetLines(tree)).toEqual(["set system host-name fw-1", "set system time-zone Asia/Tokyo"]);
    expect(groups).toBeUndefined();
  });

  test("nobody is asked when no group asks", () => {
    const tree = load("set groups g system host-name x\nset apply-groups g");
    expect(asksForSettings(tree)).toBe(false);
    const ask = () => {
      throw new Error("asked");
    };
    expect(printSetLines(inherit(tree, { own: ask }).tree)).toEqual(["set system host-name x"]);
  });

  test("the group of another routing engine brings nothing", () => {
    const lines =
      "set groups re0 system host-name zero\nset groups re1 system services ssh\nset apply-groups [ re0 re1 ]";
    expect(printSetLines(inherit(load(lines)).tree)).toEqual(["set system host-name zero"]);
  });
});
