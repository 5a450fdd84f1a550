// Sides that name the same sets, or are joined by others that do, share their classes; what has not changed is kept.

import fc from "fast-check";
import { expect, test } from "vitest";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { AddressMembers } from "../address-members.ts";
import type { NamesAsked } from "./shared-addresses.ts";
import { SharedGroups } from "./shared-groups.ts";

type Book = ReadonlyMap<string, AddressMembers>;

const hosts = (...values: readonly number[]) =>
  rangeSetOf(values.map((value) => ({ family: 4 as const, first: value, last: value })));
const book = (...names: readonly string[]): Book => new Map(names.map((name, index) => [name, hosts(10 * index)]));
const asked = (source: string, destination: string): NamesAsked => ({
  source: new Set(source === "" ? [] : source.split(" ")),
  destination: new Set(destination === "" ? [] : destination.split(" ")),
});

function groupsOf(addressSets: Book, all: readonly NamesAsked[]): readonly string[] {
  const groups = new SharedGroups({ addressSets }, all);
  const found = all.flatMap(({ source, destination }) => [groups.of(source), groups.of(destination)]);
  return [...new Set(found)].map(({ sets }) => [...sets.keys()].join(" "));
}

const names = ["a", "b", "c", "d", "e", "f"];

test.each([
  ["sides with names of their own", [asked("a b", "c"), asked("d", "e f")], ["a b", "c", "d", "e f"]],
  ["the way back names the same", [asked("a b", "c"), asked("c d", "b")], ["a b", "c d"]],
  ["one name on two sides joins them", [asked("a b", "c"), asked("d", "b e")], ["a b e", "c", "d"]],
  ["sides are joined by a third one", [asked("a", "b"), asked("c", "d"), asked("a b c", "")], ["a b c", "d", ""]],
  ["within a lookup", [asked("a b", "b c")], ["a b c"]],
  ["any on both sides", [asked("", "")], [""]],
  ["in the order of the address book", [asked("c a b", "")], ["a b c", ""]],
  ["a name that the book does not have", [asked("a z", "z")], ["a", ""]],
] as const)("%s", (_, all, expected) => {
  expect(groupsOf(book(...names), all)).toEqual(expected);
});

test("addresses that change have no classes", () => {
  const addressSets = new Map(book("a", "b")).set("x", { ...hosts(99), dynamic: ["x"] });
  expect(groupsOf(addressSets, [asked("a x", "x")])).toEqual(["a", ""]);
});

test("a group that holds what it held is the same, whatever becomes of others", () => {
  const all = [asked("a b", "c d")];
  const before = new SharedGroups({ addressSets: book(...names) }, all);
  const changed = new Map(book(...names)).set("d", hosts(7, 8));
  const after = new SharedGroups({ addressSets: changed }, [...all, asked("e", "f")], before);
  expect(after.of(new Set(["a"]))).toBe(before.of(new Set(["b"])));
  expect(after.of(new Set(["c"]))).not.toBe(before.of(new Set(["c"])));
  expect(after.of(new Set())).toBe(before.of(new Set()));
  const rows = (groups: SharedGroups) => groups.rowCount;
  expect([rows(before), rows(after)]).toEqual([4, 7]);
});

test("names of one side are in one group, and groups have no name in common", () => {
  const anyNames = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }).map((list) => new Set(list));
  const anyAsked = fc.array(fc.record({ source: anyNames, destination: anyNames }), { maxLength: 5 });
  fc.assert(
    fc.property(anyAsked, anyAsked, (first, then) => {
      const addressSets = book(...names);
      const kept = new SharedGroups({ addressSets }, then, new SharedGroups({ addressSets }, first));
      const seen = new Map<string, unknown>();
      for (const side of then.flatMap(({ source, destination }) => [source, destination])) {
        const group = kept.of(side);
        for (const name of side) expect(group.sets.has(name)).toBe(true);
        for (const name of group.sets.keys()) expect(seen.get(name) ?? group).toBe(group);
        for (const name of group.sets.keys()) seen.set(name, group);
      }
      const fresh = new SharedGroups({ addressSets }, then);
      for (const { source } of then) expect([...kept.of(source).sets]).toEqual([...fresh.of(source).sets]);
    }),
  );
});
