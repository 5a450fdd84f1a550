// What the schema says of statements: found by a text, and told in full.

import { describe, expect, test } from "vitest";
import { referenceOf, statementsAbout } from "./statement-help.ts";

describe("statements about a text", () => {
  test.each<[text: string, words: string]>([
    ["host-name", "system host-name"],
    ["HOST-NAME", "system host-name"],
    ["security-zone", "security zones security-zone <zone-name>"],
    ["from-zone", "security policies from-zone <zone-name> to-zone <zone-name>"],
    ["rate-limit", "system services ssh rate-limit"],
    // By what its help says.
    ["Text for people", "interfaces <interface-name> description"],
  ])("%s finds %s", (text, words) => {
    const found = [...statementsAbout(text)].map((one) => one.words.join(" "));
    expect(found).toContain(words);
  });

  test("the whole schema once, without what stands on every level", () => {
    const all = [...statementsAbout("")].map(({ words }) => words.join(" "));
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(10_000);
    expect(all.length).toBeLessThan(30_000);
    expect(all.some((line) => /apply-groups|^groups/.test(line))).toBe(false);
  });

  test("every found statement has its reference", () => {
    for (const { words, help, kept } of [...statementsAbout("session")].slice(0, 300))
      expect(referenceOf(words)).toMatchObject({ words, help, kept });
  });
});

describe("the reference of a statement", () => {
  test("a leaf with its value, default and effect", () => {
    expect(referenceOf(["system", "services", "ssh", "rate-limit"])).toEqual({
      words: ["system", "services", "ssh", "rate-limit"],
      help: expect.any(String) as string,
      kept: false,
      manyValues: false,
      value: { placeholder: "<1..250>", words: {} },
      standard: "150",
      below: [],
    });
  });

  test.each([
    ["security zones security-zone", "security zones security-zone <zone-name>"],
    ["security zones security-zone web", "security zones security-zone <zone-name>"],
    ["security zones security-zone web tcp-rst", "security zones security-zone <zone-name> tcp-rst"],
    [
      "security policies from-zone a to-zone b policy p match source-address",
      "security policies from-zone <zone-name> to-zone <zone-name> policy <policy-name> match source-address",
    ],
    ["security policies from-zone", "security policies from-zone <zone-name> to-zone <zone-name>"],
    ["interfaces ge-0/0/0 unit 0 family inet", "interfaces <interface-name> unit <0..16385> family inet"],
  ])("%s is %s", (line, words) => {
    expect(referenceOf(line.split(" "))?.words.join(" ")).toBe(words);
  });

  test("a level tells what stands below it", () => {
    const below = referenceOf(["security", "zones"])?.below.map(({ words }) => words.join(" "));
    expect(below).toContain("security-zone <zone-name>");
  });

  test.each([
    [[]],
    [["nonsense"]],
    [["system", "nonsense"]],
    [["system", "host-name", "x", "y"]],
    [["system", "apply-groups"]],
  ])("%j is none", (words) => {
    expect(referenceOf(words)).toBeUndefined();
  });
});
