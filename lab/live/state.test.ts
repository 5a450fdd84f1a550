// How the view's knowledge changes: tables for the single steps, laws for the bounds.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import type { SessionSummary } from "@merlon/gateway/ops/session-facts.ts";
import type { Observation } from "../matrix.ts";
import type { Verdict } from "../probes/probe.ts";
import type { Family } from "../topology.ts";
import {
  cellKey,
  currentDenials,
  denialPauseMs,
  initialState,
  scrolled,
  withAnswer,
  withCommand,
  withEvent,
  withObservations,
  withSessions,
} from "./state.ts";

const start = initialState({ hostName: "gw", revision: 1, startToEnforcingMs: 400, startedAtMs: 0 }, 1_000);

function observed(verdict: Verdict, family: Family = 4): Observation {
  return {
    from: "web-server",
    to: "data-store",
    address: "",
    service: "http",
    family,
    verdict,
    latencyMs: 1,
    tries: 1,
  };
}

function denied(atMs: number, change: Partial<FlowRecord> = {}): FlowRecord {
  return {
    kind: "session-deny",
    atMs,
    sessionId: 0,
    fromZone: "web",
    toZone: "data",
    policy: { scope: "default", name: "default-policy" },
    source: "10.10.3.10",
    sourcePort: atMs,
    destination: "10.10.4.10",
    destinationPort: 5432,
    protocol: 6,
    service: "None",
    ...change,
  };
}

const key = cellKey("web-server", "data-store", "http");

describe("observations", () => {
  test("are no change when they are the first", () => {
    const state = withObservations(start, [observed("filtered")], 2_000);
    expect(state.cells.get(key)).toEqual({ verdicts: { 4: "filtered" } });
    expect(state.lastChange).toBeUndefined();
  });

  test("that differ are a change with its time", () => {
    const before = withObservations(start, [observed("filtered")], 2_000);
    const after = withObservations(before, [observed("open")], 3_000);
    expect(after.cells.get(key)).toEqual({ verdicts: { 4: "open" }, changedAtMs: 3_000 });
    expect(after.lastChange).toEqual({
      atMs: 3_000,
      from: "web-server",
      to: "data-store",
      service: "http",
      verdict: "open",
    });
  });

  test("that repeat what is known change nothing", () => {
    const before = withObservations(start, [observed("filtered")], 2_000);
    expect(withObservations(before, [observed("filtered")], 3_000).cells.get(key)).toBe(before.cells.get(key));
  });

  test("keep both families apart", () => {
    const state = withObservations(start, [observed("open"), observed("filtered", 6)], 2_000);
    expect(state.cells.get(key)?.verdicts).toEqual({ 4: "open", 6: "filtered" });
  });

  test("never change the state that they started from", () => {
    withObservations(start, [observed("open")], 2_000);
    expect(start.cells.size).toBe(0);
  });
});

describe("denials", () => {
  const seen = (...records: readonly FlowRecord[]) =>
    records.reduce(
      (state, record) => withEvent({ ...state, nowMs: record.atMs }, { kind: "flow", record }, record.atMs),
      start,
    );

  test("of one kind are one line that counts", () => {
    const [denial, ...others] = currentDenials(seen(denied(1_000), denied(2_000), denied(3_000)));
    expect(denial).toMatchObject({ count: 3, sinceMs: 1_000, lastAtMs: 3_000 });
    expect(others).toEqual([]);
  });

  test("of another policy, port or destination are another line", () => {
    const state = seen(
      denied(1_000),
      denied(1_001, { policy: { scope: "zone-pair", name: "x" } }),
      denied(1_002, { destinationPort: 80 }),
      denied(1_003, { destination: "10.10.1.10" }),
    );
    expect(currentDenials(state)).toHaveLength(4);
  });

  test("that began last stand first, however often others repeat", () => {
    const state = seen(denied(1_000), denied(2_000, { destinationPort: 80 }), denied(3_000));
    expect(currentDenials(state).map(({ record }) => record.destinationPort)).toEqual([80, 5432]);
  });

  test("vanish after a pause, and are new again after it", () => {
    const state = seen(denied(1_000));
    const later = { ...state, nowMs: 1_000 + denialPauseMs };
    expect(currentDenials(later)).toEqual([]);
    const again = seen(denied(1_000), denied(1_000 + denialPauseMs));
    expect(currentDenials(again)[0]).toMatchObject({ count: 1, sinceMs: 1_000 + denialPauseMs });
  });

  test("stay bounded under any number of kinds", () => {
    const records = Array.from({ length: 2_500 }, (_, index) => denied(1_000 + index, { destinationPort: index }));
    expect(seen(...records).denials.size).toBe(2_000);
  });
});

test.each([
  [{ kind: "committed", atMs: 1, revision: 7, user: "root" }, { revision: 7 }],
  [{ kind: "lost", source: "packets", count: 12 }, { lostCount: 12 }],
  [{ kind: "lost", source: "sessions", count: null }, { lostCount: 1 }],
  [
    { kind: "alarm", atMs: 1, code: "x", message: "no room" },
    { alarmed: true, output: [{ kind: "error", text: "alarm: no room" }] },
  ],
  [
    { kind: "alarm-cleared", atMs: 1, code: "x", message: "no room" },
    { alarmed: false, output: [{ kind: "text", text: "alarm is over: no room" }] },
  ],
] as const)("the event %j", (event, expected) => {
  expect(withEvent(start, event, 2_000)).toMatchObject(expected);
});

test("a session's begin and end are no denial", () => {
  const state = withEvent(start, { kind: "flow", record: { ...denied(1_000), kind: "session-close" } }, 1_000);
  expect(state.denials.size).toBe(0);
});

test("sessions are summed by policy and zones, the most numerous first", () => {
  const wing = {
    source: "",
    sourcePort: 0,
    destination: "",
    destinationPort: 0,
    interface: "eth1.0",
    packets: 1,
    bytes: 100,
  };
  const session = (policy: string, id: number): SessionSummary => ({
    id,
    policy,
    policyId: 16,
    fromZone: "app",
    toZone: "data",
    timeoutSeconds: 1,
    protocol: "tcp",
    application: "None",
    in: wing,
    out: wing,
  });
  const state = withSessions(start, [session("a", 1), session("b", 2), session("b", 3)], 30);
  expect(state.sessionCount).toBe(30);
  expect(state.sessionGroups).toEqual([
    { policy: "b", fromZone: "app", toZone: "data", count: 2, bytes: 400 },
    { policy: "a", fromZone: "app", toZone: "data", count: 1, bytes: 200 },
  ]);
});

describe("output", () => {
  const area = { columns: 20, rows: 4 };

  test("has the command and its answer, and errors are marked", () => {
    const asked = withCommand(start, "commit");
    expect(asked.busy).toBe(true);
    const answered = withAnswer(
      asked,
      { text: "<prompt>:1:5: error: no\nend\n", ok: false },
      { columns: 80, rows: 10 },
    );
    expect(answered.busy).toBe(false);
    expect(answered.output.map(({ kind }) => kind)).toEqual(["command", "error", "error"]);
  });

  test("marks what show | compare adds and removes", () => {
    const { output } = withAnswer(start, { text: "[edit]\n+   a;\n-   b;\n", ok: true }, area);
    expect(output.map(({ kind }) => kind)).toEqual(["text", "added", "removed"]);
  });

  test("shows the beginning of an answer that is longer than the area", () => {
    const state = withAnswer(withCommand(start, "show"), { text: "1\n2\n3\n4\n5\n6\n", ok: true }, area);
    // Seven lines with the command, four visible: three are below.
    expect(state.scroll).toBe(3);
    expect(withAnswer(start, { text: "1\n", ok: true }, area).scroll).toBe(0);
  });

  test("wraps long lines", () => {
    expect(withAnswer(start, { text: "x".repeat(30), ok: true }, area).output).toHaveLength(2);
  });

  test("of nothing is nothing", () => {
    expect(withAnswer(start, { text: "", ok: true }, area).output).toEqual([]);
  });

  test("scrolls within what there is", () => {
    const state = withAnswer(start, { text: "1\n2\n3\n", ok: true }, { columns: 20, rows: 10 });
    expect(scrolled(state, 100).scroll).toBe(2);
    expect(scrolled(state, -100).scroll).toBe(0);
  });

  test("stays bounded", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 5 }), (sizes) => {
        const state = sizes.reduce(
          (before, size) => withAnswer(before, { text: "x\n".repeat(size), ok: true }, area),
          start,
        );
        expect(state.output.length).toBeLessThanOrEqual(5_000);
        expect(state.scroll).toBeLessThan(Math.max(1, state.output.length));
      }),
      { numRuns: 20 },
    );
  });
});
