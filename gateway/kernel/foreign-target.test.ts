// What targets of iptables do, by data as the headers of linux/netfilter lay it out.

import { describe, expect, test } from "vitest";
import type { ForeignAct } from "./foreign-act.ts";
import { actsOfMatch, actsOfTarget } from "./foreign-target.ts";

const [set, save, restore] = [0, 1, 2];
const [toLeft, toRight] = [0, 1];

describe.each([1, 2])("CONNMARK, revision %i", (revision) => {
  test.each<[what: string, words: readonly number[], mode: number, acts: readonly ForeignAct[]]>([
    ["sets all", [0x99, 0xffff_ffff, 0], set, ["remarks"]],
    ["sets one of our bits", [0x80, 0x80, 0], set, ["remarks"]],
    ["clears one of our bits", [0, 0x80_0000, 0], set, ["remarks"]],
    ["flips one of our bits", [0x1, 0, 0], set, ["remarks"]],
    ["sets others", [0x100_0000, 0xff00_0000, 0], set, []],
    ["saves all", [0, 0xffff_ffff, 0xffff_ffff], save, ["remarks"]],
    ["saves others", [0, 0xff00_0000, 0xff00_0000], save, []],
    ["saves others over ours", [0, 0x1, 0xff00_0000], save, ["remarks"]],
    ["restores", [0, 0xffff_ffff, 0xffff_ffff], restore, ["marks"]],
  ])("%s", (_, words, mode, acts) => {
    expect(actsOfTarget("CONNMARK", revision, connectionMark(revision, words, mode))).toEqual(acts);
  });
});

test.each<
  [what: string, words: readonly number[], mode: number, shift: readonly number[], acts: readonly ForeignAct[]]
>([
  ["saves into others", [0, 0xff00_0000, 0xff], save, [toLeft, 24], []],
  ["saves into ours", [0, 0xff00_0000, 0xff00_0000], save, [toRight, 8], ["remarks"]],
  ["shifts the whole mark", [0, 0, 0], set, [toLeft, 8], ["remarks"]],
])("CONNMARK that shifts: %s", (_, words, mode, shift, acts) => {
  expect(actsOfTarget("CONNMARK", 2, connectionMark(2, words, mode, shift))).toEqual(acts);
});

test.each<
  [what: string, flags: number, events: number, expectedEvents: number, helper: string, acts: readonly ForeignAct[]]
>([
  ["nothing", 0, 0, 0, "", []],
  ["no tracking", 1, 0, 0, "", ["untracks"]],
  ["a helper", 0, 0, 0, "ftp", ["expects"]],
  ["only new", 0, 1, 0, "", ["silences"]],
  ["begin and end", 0, 5, 0, "", []],
  ["only events of expectations", 0, 0, 1, "", ["silences"]],
])("CT with %s", (_, flags, events, expectedEvents, helper, acts) => {
  const info = Buffer.alloc(72);
  info.writeUInt16LE(flags, 0);
  info.writeUInt32LE(events, 4);
  info.writeUInt32LE(expectedEvents, 8);
  info.write(helper, 12);
  expect(actsOfTarget("CT", 2, info)).toEqual(acts);
});

test("others, by name alone; and data that is cut off", () => {
  expect(actsOfTarget("TEE", 1, new Uint8Array(0))).toEqual(["copies"]);
  expect(actsOfTarget("LOG", 0, new Uint8Array(0))).toEqual([]);
  for (const name of ["CT", "CONNMARK"]) expect(actsOfTarget(name, 2, new Uint8Array(3))).toBeInstanceOf(Array);
  expect(actsOfMatch("connlabel", Uint8Array.of(3, 0, 2, 0))).toEqual(["relabels"]);
  expect(actsOfMatch("connlabel", Uint8Array.of(3, 0, 1, 0))).toEqual([]);
  expect(actsOfMatch("mark", Uint8Array.of(3, 0, 2, 0))).toEqual([]);
});

function connectionMark(
  revision: number,
  words: readonly number[],
  mode: number,
  shift: readonly number[] = [0, 0],
): Uint8Array {
  const info = new Uint8Array(16);
  info.set(new Uint8Array(Uint32Array.from(words).buffer));
  info.set(revision === 1 ? [mode] : [...shift, mode], 12);
  return info;
}
