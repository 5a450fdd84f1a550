// Commit constraints: the expressions as rows, a fuzz of their reader, and what they say about trees.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constraintTexts } from "@merlon/model/schema/junos-constraints.ts";
import { describeViolation, evaluate, readExpression } from "./constraint-expression.ts";
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

  test.each<[text: string, found: readonly string[], said: string]>([
    ['("a" || "b")', [], 'cannot stand here: it needs "a" or "b"'],
    ['("a" && "b")', ["a"], 'cannot stand here: it needs "b"'],
    ['(!(".. a"))', [".. a"], 'cannot stand beside "a"'],
    ['(!("a" || "b"))', ["b"], 'cannot stand beside "b"'],
    ['(!("a") && !("b"))', ["a", "b"], 'cannot stand beside "a" or "b"'],
    ['(!("a") || !("b"))', ["a", "b"], 'cannot stand beside "a" and "b"'],
    ['(!("a" && "b"))', ["a", "b"], 'cannot stand beside "a" and "b"'],
    ['(!("a") || "b")', ["a"], 'cannot stand beside "a" without "b"'],
    ['(!("a" && !("b")))', ["a"], 'cannot stand beside "a" without "b"'],
    ['(!("a") && "b")', ["a"], 'cannot stand beside "a" or without "b"'],
    ['(!("a") && "b")', ["a", "b"], 'cannot stand beside "a"'],
    ['(!(!("a")))', [], 'cannot stand here: it needs "a"'],
    ['("x $$" || "y <*>")', [], 'cannot stand here: it needs "x v" or "y …"'],
    ['unique "a <*>"', ["a <*>", "a <*>"], 'cannot stand here: it needs only one "a …"'],
  ])("%s where %j stands", (text, found, said) => {
    const expression = readExpression(text);
    const count = (words: readonly string[]) => found.filter((it) => it === words.join(" ")).length;
    expect(expression && describeViolation(expression, "v", count)).toBe(said);
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
        const count = () => 0;
        if (expression === undefined || evaluate(expression, count) !== false) return;
        expect(describeViolation(expression, "v", count)).toMatch(/ "/);
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
      [`${services} ping`, `${services} any-service`],
      ['error: "system-services ping" cannot stand beside "system-services any-service"'],
    ],
    [
      ["set security nat destination pool p address 10.0.0.5/32", "set security nat destination pool p session-retain"],
      ['warning: "p session-retain" cannot stand beside "address" or without "address-name"'],
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
