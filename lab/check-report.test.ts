// The report as people read it, whole, as a golden text; and that nothing wrong can hide in it.

import { describe, expect, test } from "vitest";
import { tally } from "./check.ts";
import type { CheckReport, Phase } from "./check.ts";
import { renderPhase, renderReport } from "./check-report.ts";
import { changedTruths, initialTruths } from "./expectations.ts";
import type { Truth } from "./expectations.ts";
import { compare, planAttempts } from "./matrix.ts";
import type { Comparison } from "./matrix.ts";
import { paintColour, paintPlain } from "./paint.ts";

const held = { what: "no forbidden packet arrived", holds: true, details: ["36 kinds of packets"] };
const failed = { what: "every denied attempt is logged", holds: false, details: ["one is missing", "and 3 more"] };

function phaseOf(title: string, truths: readonly Truth[], facts: Phase["facts"] = [held]): Phase {
  const observed = planAttempts().map((attempt) => ({ ...attempt, verdict: "open", latencyMs: 2, tries: 1 }) as const);
  const comparisons = compare(observed, truths).map((it) => ({ ...it, verdict: it.expectation, agrees: true }));
  return { title, commands: [], tookMs: 456, comparisons, facts };
}

function wrong(phase: Phase, change: Partial<Comparison>, ...indexes: readonly number[]): Phase {
  const comparisons = phase.comparisons.map((it, index) =>
    indexes.includes(index) ? { ...it, agrees: false, ...change } : it,
  );
  return { ...phase, comparisons };
}

const initial = phaseOf("the policy of four-segments.conf", initialTruths);
const report: CheckReport = {
  startToEnforcingMs: 412.3,
  tookMs: 4_321,
  phases: [initial, { ...phaseOf("after a change", changedTruths), commands: ["set security policies …", "commit"] }],
  facts: [held],
};

describe("renderReport", () => {
  test("of a good run is this", async () => {
    await expect(`${renderReport(report, paintPlain).join("\n")}\n`).toMatchFileSnapshot("golden/report.txt");
  });

  test("ends with the sum", () => {
    expect(renderReport(report, paintPlain).at(-1)).toBe(
      "507 of 507 as expected · gateway start to enforcing 412 ms, total 4.3 s",
    );
    expect(tally(report)).toEqual({ held: 507, total: 507 });
  });

  test("counts whatever is wrong", () => {
    const phases = [wrong(initial, { verdict: "open" }, 3, 4), phaseOf("x", initialTruths, [failed])];
    expect(tally({ ...report, phases })).toEqual({ held: 504, total: 507 });
  });

  test("has no line wider than 110 cells", () => {
    for (const line of renderReport(report, paintPlain)) expect([...line].length).toBeLessThanOrEqual(110);
  });

  test("marks rows whose expectation the change changed, and no others", () => {
    const [before, after] = report.phases;
    if (before === undefined || after === undefined) throw new Error("two phases are needed");
    const marked = renderPhase(after, before, paintPlain).filter((line) => line.includes("◂ changed"));
    expect(marked).toHaveLength(3);
    expect(renderPhase(before, undefined, paintPlain).join()).not.toContain("◂");
  });
});

describe("what is wrong", () => {
  test("in both families is named in its cell and below the table", () => {
    const lines = renderPhase(wrong(initial, { verdict: "open", latencyMs: 3 }, 8, 9), undefined, paintPlain);
    expect(lines.find((line) => line.includes("app-desk "))).toContain("✗ open");
    expect(lines).toContain(
      "  ✗ finance-pc → app-desk HTTP over IPv4: expected filtered because everything else is denied, found open after 3 ms, 1 try",
    );
    expect(lines.filter((line) => line.startsWith("  ✗ finance-pc"))).toHaveLength(2);
  });

  test("in one family says which", () => {
    const lines = renderPhase(wrong(initial, { verdict: "filtered", tries: 2 }, 1), undefined, paintPlain);
    expect(lines.join("\n")).toContain("✗ filtered v6");
    expect(lines.join("\n")).toContain("2 tries");
  });

  test("by a wrong answer shows what was answered", () => {
    const change = { verdict: "wrong-answer", detail: 'answered "nginx"' } as const;
    const text = renderPhase(wrong(initial, change, 0, 1), undefined, paintPlain).join("\n");
    expect(text).toContain("✗ wrong");
    expect(text).toContain('found wrong-answer (answered "nginx")');
  });

  test("as a fact has all its details", () => {
    const text = renderPhase({ ...initial, facts: [failed] }, undefined, paintPlain).join("\n");
    expect(text).toContain("✗ Every denied attempt is logged\n    one is missing\n    and 3 more");
  });
});

test("colours add nothing but colours", () => {
  // oxlint-disable-next-line no-control-regex
  const bare = renderReport(report, paintColour).map((line) => line.replaceAll(/\u001b\[[\d;]*m/g, "").trimEnd());
  expect(bare).toEqual(renderReport(report, paintPlain).map((line) => line.trimEnd()));
  expect(paintColour("plain", "x")).toBe("x");
  expect(paintColour("good", "")).toBe("");
});
