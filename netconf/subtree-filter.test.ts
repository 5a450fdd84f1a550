// Subtree filters as RFC 6241, 6.2 and 6.4 describe them, on a tree: what each selects.

import { expect, test } from "vitest";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { printSetLines } from "@merlon/junos/set-lines.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { parseXml } from "./parse-xml.ts";
import { filterTree } from "./subtree-filter.ts";

const lines = [
  "set system host-name gw",
  "set system domain-name example.net",
  "set system services ssh",
  "set security policies from-zone web to-zone db policy one match source-address any",
  "set security policies from-zone web to-zone db policy one then permit",
  "set security policies from-zone web to-zone db policy two then deny",
  "set security policies from-zone db to-zone web policy one then deny",
  "set security zones security-zone web description w",
  "set security zones security-zone web interfaces eth1.0",
  "set security zones security-zone db",
  "set interfaces eth1 unit 0 family inet address 10.1.0.1/24",
  "set interfaces eth2 description two",
];
const tree = loadConfiguration(emptyTree, lines.map((line) => `${line}\n`).join(""), {
  action: "set",
  source: "test",
}).tree;

function selected(filter: string): readonly string[] {
  return printSetLines(filterTree(tree, parseXml(`<configuration>${filter}</configuration>`).children));
}

const zones = (inside: string): string =>
  `<security><zones><security-zone>${inside}</security-zone></zones></security>`;

test.each<readonly [string, string, readonly number[]]>([
  ["nothing asked is everything", "", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
  ["a container", "<system/>", [0, 1, 2]],
  ["a value", "<system><host-name/></system>", [0]],
  ["two values", "<system><host-name/><domain-name/></system>", [0, 1]],
  ["two filters of one container", "<system><host-name/></system><system><domain-name/></system>", [0, 1]],
  ["one whole beside a part of it", "<system/><system><host-name/></system>", [0, 1, 2]],
  ["a value that matches, alone, selects all beside it", "<system><host-name>gw</host-name></system>", [0, 1, 2]],
  ["a value that matches, beside what it selects", "<system><host-name>gw</host-name><services/></system>", [0, 2]],
  ["a value that does not match", "<system><host-name>other</host-name></system>", []],
  ["a list", "<security><zones><security-zone/></zones></security>", [7, 8, 9]],
  ["an entry by its name", zones("<name>web</name>"), [7, 8]],
  ["a part of an entry", zones("<name>web</name><description/>"), [7]],
  ["entries by a value", zones("<description>w</description>"), [7, 8]],
  ["a part of every entry", zones("<description/>"), [7]],
  ["an entry that is not there", zones("<name>other</name>"), []],
  [
    "an entry by two names",
    "<security><policies><policy><from-zone-name>web</from-zone-name><to-zone-name>db</to-zone-name></policy></policies></security>",
    [3, 4, 5],
  ],
  [
    "by one of them",
    "<security><policies><policy><to-zone-name>web</to-zone-name></policy></policies></security>",
    [6],
  ],
  [
    "entries of entries",
    "<security><policies><policy><from-zone-name>web</from-zone-name><policy><name>two</name></policy></policy></policies></security>",
    [5],
  ],
  [
    "an element with another name than its word",
    "<interfaces><interface><name>eth2</name></interface></interfaces>",
    [11],
  ],
  ["blanks around a value", zones("<name>\n web </name>"), [7, 8]],
  ["what is not known selects nothing", "<sytem/>", []],
  ["nor inside of what is", "<system><hostname/></system>", []],
  ["and does not hinder the rest", "<sytem/><system><host-name/></system>", [0]],
])("%s", (_, filter, wanted) => {
  expect(selected(filter)).toEqual(wanted.map((at) => lines[at]).toSorted((a, b) => order(a) - order(b)));
});

/** The order of the schema, as the tree has it. */
const printed = printSetLines(tree);
function order(line: string | undefined): number {
  return printed.indexOf(line ?? "");
}

test("names alone", () => {
  expect(selected(zones("<name/>"))).toEqual([
    "set security zones security-zone web",
    "set security zones security-zone db",
  ]);
});

test("the tree itself is not touched", () => {
  const before = printSetLines(tree);
  selected("<system><host-name/></system>");
  expect(printSetLines(tree)).toEqual(before);
  expect(filterTree(tree, [])).toBe(tree);
});
