// Shortened words by row: keywords are written out where they are unique, names and values never.

import { describe, expect, test } from "vitest";
import { expandPath, firstWrongWord } from "./expand-path.ts";
import { loadConfiguration } from "./load.ts";
import { namesAt } from "./names.ts";
import { emptyTree } from "./tree.ts";

const text = `
  interfaces { eth1 { unit 0 { family inet { address 10.0.0.1/24; } } } }
  security {
    zones { security-zone web { interfaces { eth1; } } security-zone west; }
    policies { from-zone web to-zone west { policy a { match { source-address any; } then { permit; } } } }
  }`;
const { tree } = loadConfiguration(emptyTree, text, { action: "override", source: "test" });

describe("set", () => {
  test.each([
    ["sys host-name x", "system host-name x"],
    ["security zon security-zone we", "security zones security-zone we"],
    [
      "sec pol from-zone web to west pol a th perm",
      "security policies from-zone web to-zone west policy a then permit",
    ],
    ["int eth1 un 0 fam inet addr 10.0.0.1/24", "interfaces eth1 unit 0 family inet address 10.0.0.1/24"],
    ["nonsense zon", "nonsense zon"],
    ["system nonsense host", "system nonsense host"],
    ["", ""],
  ])("%s", (line, whole) => {
    const words = line === "" ? [] : line.split(" ");
    expect(expandPath(tree, words, "set").words.join(" ")).toBe(whole);
  });

  test("a keyword that is whole is one, although others begin with it", () => {
    expect(expandPath(tree, ["system", "services", "ssh"], "set").ambiguous).toBeUndefined();
  });

  test("below a level", () => {
    expect(
      expandPath(tree, ["pol", "a", "th"], "set", ["security", "policies", "from-zone", "web", "to-zone", "west"])
        .words,
    ).toEqual(["policy", "a", "then"]);
  });
});

test("what may mean several ends it, and says what they are", () => {
  const { words, ambiguous } = expandPath(tree, ["sec", "a", "zon"], "set");
  expect(words).toEqual(["security", "a", "zon"]);
  expect(ambiguous?.index).toBe(1);
  expect(ambiguous?.candidates.map(({ word }) => word)).toEqual(expect.arrayContaining(["address-book", "alg"]));
});

test("the words of insert, rename and copy", () => {
  const at = ["security", "policies", "from-zone", "web", "to-zone", "west"];
  expect(expandPath(tree, ["policy", "a", "be", "policy", "b"], "insert", at).words[2]).toBe("before");
  const zones = ["security", "zones"];
  expect(expandPath(tree, ["security-zone", "web", "to", "x"], "rename", zones).words[2]).toBe("to");
  // As short as that it may also be a statement of the zone.
  expect(expandPath(tree, ["security-zone", "web", "t"], "rename", zones).ambiguous?.candidates[0]?.word).toBe("to");
});

test.each([
  ["system host-name", 2],
  ["security zones nonsense x", 2],
  ["nonsense", 0],
  ["", 0],
])("the first wrong word of %j is %i", (line, index) => {
  expect(firstWrongWord(tree, line === "" ? [] : line.split(" "), "show")).toBe(index);
});

describe("names", () => {
  test("few and many are found alike, by their beginning", () => {
    const zones = ["security", "zones", "security-zone"];
    expect([...namesAt(tree, zones, "we")].map(({ name }) => name)).toEqual(["web", "west"]);
    const lines = Array.from(
      { length: 600 },
      (_, index) => `address host-${index} 10.0.${index >> 8}.${index & 255}/32;`,
    );
    const book = `security { address-book { global { ${lines.join(" ")} address-set all { address host-1; } } } }`;
    const many = loadConfiguration(emptyTree, book, { action: "override", source: "test" }).tree;
    for (let round = 0; round < 2; round++) {
      expect([...namesAt(many, ["security", "address-book", "address"], "host-59")]).toHaveLength(11);
      expect([...namesAt(many, ["security", "address-book", "address-set"])].map(({ name }) => name)).toEqual(["all"]);
    }
  });
});
