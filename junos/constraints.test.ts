// Commit constraints: the expressions as rows, a fuzz of their reader, and what they say about trees.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constraintTexts } from "@merlon/model/schema/junos-constraints.ts";
import { describeExpression, evaluate, readExpression } from "./constraint-expression.ts";
import { checkConstraints } from "./constraints.ts";
import { loadConfiguration } from "./load.ts";
import { Report } from "./report.ts";
import { emptyTree } from "./tree.ts";

describe("expressions", () => {
  test.each<[text: string, found: Record<string, number>, value: boolean | undefined]>([
    ['("a b")', { "a b": 1 }, true],
    ['(!("a"))', { a: 1 }, false],
    ['(("a" || "b") && !("c"))', { b: 1 }, true],
    ['(("a" || "b") && !("c"))', { b: 1, c: 1 }, false],
    ['any "x <*> y"', { "x <*> y": 3 }, true],
    ['unique "x <*> y"', { "x <*> y": 2 }, false],
    ['unique "x <*> y"', { "x <*> y": 1 }, true],
    ['("unknown" || "a")', { a: 1 }, true],
    ['("unknown" || "a")', {}, undefined],
    ['(!("unknown") && "a")', {}, false],
  ])("%s with %j", (text, found, value) => {
    const expression = readExpression(text);
    expect(expression).toBeDefined();
    if (expression === undefined) return;
    const count = (words: readonly string[]) => (words[0] === "unknown" ? undefined : (found[words.join(" ")] ?? 0));
    expect(evaluate(expression, count)).toBe(value);
  });

  test.each(["", "(", '("a"', '"a" "b"', '&& "a"', "!", 'all "a"', '""', "a b", '("a" ||)'])("%j is none", (text) => {
    expect(readExpression(text)).toBeUndefined();
  });

  test("nearly all of the imported ones are read", () => {
    const texts = constraintTexts();
    const unread = texts.filter((text) => readExpression(text) === undefined);
    expect(unread.length).toBe(3);
    expect(1 - unread.length / texts.length).toBeGreaterThan(0.99);
  });

  test("any text is read or refused, and never throws", () => {
    const part = fc.constantFrom('"a b"', '".. $$"', "&&", "||", "!", "(", ")", "any", "unique", "all", " ", "x", '"');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const expression = readExpression(parts.join(""));
        if (expression !== undefined) expect(describeExpression(expression, "v")).not.toBe("");
      }),
      { numRuns: 5_000 },
    );
    expect(readExpression("(".repeat(10_000))).toBeUndefined();
    expect(readExpression("!".repeat(10_000))).toBeUndefined();
  });
});

function saidOf(lines: readonly string[]): string[] {
  const { tree, diagnostics } = loadConfiguration(emptyTree, lines.join("\n"), { action: "set", source: "t" });
  expect(diagnostics).toEqual([]);
  const report = new Report();
  checkConstraints(tree, report);
  return report.diagnostics.map(({ severity, message }) => `${severity}: ${message}`);
}

describe("trees", () => {
  const services = "set security zones security-zone z host-inbound-traffic system-services";
  test.each<[lines: string[], said: string[]]>([
    [[`${services} all`, `${services} ssh except`], []],
    [[`${services} ssh except`], ['error: "ssh except" cannot stand here: it needs "system-services all"']],
    [
      ["set security ipsec vpn v traffic-selector s local-ip 10.0.0.0/8"],
      ['warning: "traffic-selector s" cannot stand here: it needs "bind-interface"'],
    ],
    [
      [
        "set security ipsec vpn v bind-interface st0.0",
        "set security ipsec vpn v traffic-selector s local-ip 10.0.0.0/8",
      ],
      [],
    ],
    [["set security ike policy p mode main", "set security ike policy p pre-shared-key ascii-text x"], []],
  ])("%j", (lines, said) => expect(saidOf(lines)).toEqual(said));
});
