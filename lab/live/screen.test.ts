// Whole screens as golden texts, and the laws that hold for every size and state: exactly the rows asked for, no line
// wider than the terminal, the cursor inside.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import { expectationOf, initialTruths } from "../expectations.ts";
import { planAttempts } from "../matrix.ts";
import type { Observation } from "../matrix.ts";
import { emptyLine, insert } from "@merlon/shell/line-editor.ts";
import { symbolOf } from "./matrix-view.ts";
import { duration, outputArea, renderScreen, sizeOf } from "./screen.ts";
import type { Screen, Size } from "./screen.ts";
import { lineWidth, plainText } from "./span.ts";
import { initialState, withAnswer, withCommand, withEvent, withObservations, withSessions } from "./state.ts";
import type { LiveState } from "./state.ts";

const startMs = Date.UTC(2026, 0, 1);
const fresh = initialState(
  { hostName: "four-segments", revision: 1, startToEnforcingMs: 412, startedAtMs: startMs },
  startMs,
);

const observations: readonly Observation[] = planAttempts().map((attempt) => ({
  ...attempt,
  verdict: expectationOf(initialTruths, attempt.from, attempt.to, attempt.service).expectation,
  latencyMs: 1,
  tries: 1,
}));

function record(
  destination: string,
  destinationPort: number,
  policy: FlowRecord["policy"],
  toZone: string,
): FlowRecord {
  return {
    kind: "session-deny",
    atMs: startMs + 1_000 + destinationPort,
    sessionId: 0,
    fromZone: "web",
    toZone,
    policy,
    source: "10.10.3.10",
    sourcePort: 40_000,
    destination,
    destinationPort,
    protocol: 6,
    service: "None",
  };
}

const records = [
  record("10.10.4.10", 5432, { scope: "default", name: "default-policy" }, "data"),
  record("2001:db8:198::10", 80, { scope: "zone-pair", name: "never-calls-out" }, "internet"),
  record("10.10.1.10", 80, { scope: "global", name: "nobody-enters-finance" }, "finance"),
  record("192.0.2.77", 443, { scope: "default", name: "default-policy" }, "internet"),
];

const wing = { source: "", sourcePort: 0, destination: "", destinationPort: 0, interface: "", packets: 5, bytes: 700 };
const sessions = ["visitors", "visitors", "store-and-query"].map((policy, id) => ({
  id,
  policy,
  policyId: 16,
  fromZone: policy === "visitors" ? "internet" : "app",
  toZone: policy === "visitors" ? "web" : "data",
  timeoutSeconds: 1,
  protocol: "tcp",
  application: "None",
  in: wing,
  out: wing,
}));

const busy: LiveState = {
  ...withSessions(
    records.reduce(
      (state, it) => withEvent(state, { kind: "flow", record: it }, it.atMs),
      withObservations(fresh, observations, startMs + 1_000),
    ),
    sessions,
    3,
  ),
  nowMs: startMs + 65_000 - 58_000 + 1_000,
};

const changedCell = observations
  .filter(({ from, to, service }) => from === "web-server" && to === "data-store" && service === "postgresql")
  .map((it): Observation => ({ ...it, verdict: "open" }));
const changed: LiveState = {
  ...withObservations(busy, changedCell, busy.nowMs),
  prompt: insert(emptyLine, "show | compare"),
};

function textOf({ lines }: Screen): string {
  return `${lines.map((line) => plainText(line).trimEnd()).join("\n")}\n`;
}

const small: Size = { columns: 80, rows: 24 };
const large: Size = { columns: 140, rows: 40 };

describe("golden screens", () => {
  const answer = `${Array.from({ length: 30 }, (_, index) => `  Policy: number-${index + 1}, State: enabled`).join("\n")}\n`;
  const alarm = {
    kind: "alarm",
    atMs: 0,
    code: "interface.absent",
    message: "ge-0/0/3.0 (eth4): no such device",
  } as const;
  const asked = (size: Size) =>
    withAnswer(withCommand(busy, "show security policies"), { text: answer, ok: true }, outputArea(size));

  test.each<[string, LiveState, Size]>([
    ["start", fresh, small],
    ["busy", busy, small],
    ["changed", changed, small],
    ["output", asked(small), small],
    ["busy-large", changed, large],
    ["output-large", asked(large), large],
    ["alarm", withEvent({ ...busy, lostCount: 12 }, alarm, busy.nowMs), small],
    ["too-small", busy, { columns: 60, rows: 20 }],
  ])("%s", async (name, state, size) => {
    await expect(textOf(renderScreen(state, size))).toMatchFileSnapshot(`golden/${name}.txt`);
  });
});

describe("laws", () => {
  const sizes = fc.record({ columns: fc.integer({ min: 1, max: 220 }), rows: fc.integer({ min: 1, max: 80 }) });

  test("a screen has exactly its rows, none too wide, and the cursor inside", () => {
    const states = fc.constantFrom(fresh, busy, changed);
    const typed = fc.string({ maxLength: 300 });
    const output = fc.array(fc.string({ maxLength: 200 }), { maxLength: 60 });
    fc.assert(
      fc.property(states, sizes, typed, output, fc.nat(80), (state, size, line, lines, scroll) => {
        const shown: LiveState = {
          ...withAnswer(state, { text: lines.join("\n"), ok: true }, outputArea(size)),
          prompt: insert(emptyLine, line),
          scroll,
        };
        const screen = renderScreen(shown, size);
        expect(screen.lines).toHaveLength(size.rows);
        for (const row of screen.lines) expect(lineWidth(row)).toBeLessThanOrEqual(size.columns);
        expect(screen.cursor.row).toBeLessThan(size.rows);
        expect(screen.cursor.column).toBeLessThan(Math.max(size.columns, 1));
      }),
      { numRuns: 300 },
    );
  });

  test("the state alone decides: the same state gives the same screen", () => {
    expect(renderScreen(changed, small)).toEqual(renderScreen(changed, small));
  });

  test("what no symbol shows, no colour hides: without colours open, refused and silent differ", () => {
    const cell = (verdict: Observation["verdict"]) => symbolOf({ verdicts: { 4: verdict, 6: verdict } }).symbol;
    expect(new Set((["open", "refused", "filtered", "wrong-answer"] as const).map(cell)).size).toBe(4);
  });
});

describe("symbols", () => {
  test.each([
    [{}, " "],
    [{ 4: "open" }, "✓"],
    [{ 4: "open", 6: "open" }, "✓"],
    [{ 4: "open", 6: "filtered" }, "4"],
    [{ 4: "refused", 6: "open" }, "6"],
    [{ 4: "refused", 6: "filtered" }, "✗"],
    [{ 4: "filtered", 6: "filtered" }, "·"],
    [{ 4: "wrong-answer", 6: "filtered" }, "!"],
  ] as const)("of %j is %s", (verdicts, symbol) => {
    expect(symbolOf({ verdicts }).symbol).toBe(symbol);
  });

  test("of an unknown cell is empty", () => {
    expect(symbolOf(undefined).symbol).toBe(" ");
  });
});

test("a pointer marks a change for some seconds only", () => {
  const text = (state: LiveState) => textOf(renderScreen(state, small));
  expect(text(changed)).toContain("▸✓");
  expect(text(changed)).toContain("web-server → data-store PostgreSQL is now open");
  expect(text({ ...changed, nowMs: changed.nowMs + 8_000 })).not.toContain("▸");
});

test("a line that is longer than the terminal shows the part around the cursor", () => {
  const state = { ...busy, prompt: insert(emptyLine, `set ${"x".repeat(200)} end`) };
  const { lines, cursor } = renderScreen(state, small);
  expect(plainText(lines.at(-1) ?? [])).toMatch(/x end$/);
  expect(cursor.column).toBe(79);
});

test.each([
  [0, "0:00"],
  [59_999, "0:59"],
  [61_000, "1:01"],
  [3_600_000, "1:00:00"],
  [90_061_000, "25:01:01"],
  [-5, "0:00"],
])("%d ms is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [999_499, "999.5 kB"],
  [1_500_000, "1.5 MB"],
  [2.5e15, "2500.0 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(sizeOf(bytes)).toBe(text);
});
