// Damaged texts: bytes changed, cut, doubled and swapped in good configurations, and plain noise. Loading never throws and
// never hangs, every error says where, and what was loaded all the same is a sound tree: it prints, reads and compares.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryTree } from "./arbitrary-tree.ts";
import { compareTrees } from "./compare.ts";
import { completeLine } from "./complete.ts";
import { editTree } from "./edit.ts";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { readConfiguration } from "./read.ts";
import { sameTree } from "./same-tree.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";

const [sample = emptyTree] = fc.sample(arbitraryTree, { seed: 7, numRuns: 1 });
const braces = printTree(sample);
const lines = printSetLines(sample).join("\n");

type Damage =
  | { readonly kind: "replace"; readonly at: number; readonly text: string }
  | { readonly kind: "cut" | "double"; readonly at: number; readonly length: number }
  | { readonly kind: "end"; readonly at: number };

const at = fc.double({ min: 0, max: 1, noNaN: true });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({
    kind: fc.constant("replace" as const),
    at,
    text: fc.oneof(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ";",
        '"',
        "\\",
        "/*",
        "*/",
        "#",
        "\n",
        "\r",
        "\0",
        "\ufeff",
        "\ufffd",
        "set ",
        "delete ",
      ),
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom(
        "inactive: ",
        "replace: ",
        "delete: ",
        "protect: ",
        "active: ",
        "edit ",
        "top",
        "up",
        "exit",
        "insert ",
      ),
    ),
  }),
  fc.record({ kind: fc.constantFrom("cut" as const, "double" as const), at, length: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant("end" as const), at }),
);

function apply(text: string, { at: where, ...what }: Damage): string {
  const place = Math.floor(where * text.length);
  switch (what.kind) {
    case "replace":
      return text.slice(0, place) + what.text + text.slice(place + 1);
    case "cut":
      return text.slice(0, place) + text.slice(place + what.length);
    case "double":
      return text.slice(0, place + what.length) + text.slice(place);
    case "end":
      return text.slice(0, place);
  }
}

function check(text: string, action: "merge" | "override" | "replace" | "set", base = emptyTree): void {
  const before = printTree(base);
  const { tree, diagnostics } = loadConfiguration(base, text, { action, source: "fuzz" });
  for (const { severity, span, code, message } of diagnostics) {
    if (code === "load.too-many") continue;
    if (severity === "error") expect(span, message).toMatchObject({ source: "fuzz" });
    if (span !== undefined) {
      expect(span.line).toBeGreaterThan(0);
      expect(span.column).toBeGreaterThan(0);
      const ordered = span.endLine > span.line || (span.endLine === span.line && span.endColumn >= span.column);
      expect(ordered, JSON.stringify({ span, message })).toBe(true);
    }
  }
  expect(printTree(base)).toBe(before);
  const printed = printTree(tree);
  const again = loadConfiguration(emptyTree, printed, { action: "override", source: "again" });
  expect(again.diagnostics).toEqual([]);
  expect(sameTree(again.tree, tree)).toBe(true);
  expect(readConfiguration(tree).diagnostics.filter(({ code }) => code === "schema.wrong-value")).toEqual([]);
  expect(compareTrees(base, tree) === "").toBe(sameTree(base, tree));
}

const runs = (numRuns: number): { numRuns: number; endOnFailure: boolean } => ({ numRuns, endOnFailure: true });

describe("damaged texts", () => {
  test("in braces", () => {
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 6 }), (damages) => {
        check(damages.reduce(apply, braces), "override");
      }),
      runs(250),
    );
  });

  test("in set lines", () => {
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 6 }), (damages) => {
        check(damages.reduce(apply, lines), "set");
      }),
      runs(150),
    );
  });

  test("loaded over another configuration", () => {
    const action = fc.constantFrom("merge" as const, "replace" as const, "set" as const);
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), action, fc.boolean(), (damages, how, inBraces) => {
        check(damages.reduce(apply, inBraces ? braces : lines), how, sample);
      }),
      runs(120),
    );
  });

  test("noise", () => {
    const noise = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc
        .array(
          fc.constantFrom("{", "}", "[", "]", ";", '"', "a", "security", "zones", "set", "\n", " ", "/*", "*/", "#"),
          { maxLength: 80 },
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(noise, (text) => check(text, "merge")),
      runs(1500),
    );
  });
});

describe("damaged lines", () => {
  const words = fc.constantFrom(
    "set", "delete", "deactivate", "insert", "rename", "copy", "annotate", "security", "zones", "security-zone", "policies",
    "from-zone", "to-zone", "a", "b", "policy", "p", "before", "to", "[", "]", "match", "source-address", "any", "interfaces",
    "eth1", "unit", "0", '"', '""', "{", ";", "#", "system", "host-name",
  ); // prettier-ignore
  test("edit and completion never throw", () => {
    fc.assert(
      fc.property(fc.array(words, { maxLength: 14 }), (parts) => {
        const line = parts.join(" ");
        const { tree, diagnostics } = editTree(sample, line, { source: "fuzz" });
        if (diagnostics.some(({ severity }) => severity === "error")) expect(tree).toBe(sample);
        completeLine(sample, line);
        completeLine(sample, `${line} `);
        printTree(tree);
      }),
      runs(1500),
    );
  });
});

describe("cost", () => {
  test.each<[name: string, text: string]>([
    ["one long line of words", "a ".repeat(200_000)],
    ["many braces", "a {".repeat(100_000)],
    ["many closing braces", "}".repeat(200_000)],
    ["many quotes", '" '.repeat(100_001)],
    ["many open comments", "/* ".repeat(100_000)],
    ["many open lists", "[ ".repeat(100_000)],
    ["many backslashes in a string", `a "${"\\".repeat(200_000)}`],
    [
      "many values",
      `security policies global policy p match source-address [ ${Array.from({ length: 100_000 }, (_, n) => `a${n}`).join(" ")} ];`,
    ],
    ["the same leaf", "set system host-name x\n".repeat(50_000)],
    ["many deletes of nothing", "delete system host-name\n".repeat(50_000)],
    [
      "a value at a time",
      Array.from({ length: 30_000 }, (_, n) => `set security policies global policy p match source-address a${n}`).join(
        "\n",
      ),
    ],
  ])("%s", (_, text) => {
    const start = performance.now();
    loadConfiguration(emptyTree, text, { action: "merge", source: "cost" });
    // Far above the usual time (under 0.3 s), far below that of anything quadratic.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
