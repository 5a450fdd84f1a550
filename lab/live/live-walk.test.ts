// Whatever is typed and whatever happens, in any order: the view goes on, its lists stay bounded and its screen straight.
// A walk is a random sequence of keys, events, probe results and answers.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { GatewayEvent } from "@merlon/gateway/api.ts";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import { planAttempts } from "../matrix.ts";
import type { Observation } from "../matrix.ts";
import type { Verdict } from "../probes/probe.ts";
import { KeyDecoder } from "@merlon/shell/key.ts";
import { takeKey } from "./keyboard.ts";
import { outputArea, renderScreen } from "./screen.ts";
import type { Size } from "./screen.ts";
import { lineWidth, plainText } from "./span.ts";
import { initialState, withAnswer, withCommand, withEvent, withObservations, withSessions } from "./state.ts";
import type { LiveState } from "./state.ts";

type Step = (state: LiveState, size: Size, nowMs: number) => LiveState;

const attempts = planAttempts();
const names = fc.constantFrom("web", "data", "finance", "junos-host", "none", "zone\u001b[2J", "ゾーン");

const bytes: fc.Arbitrary<Step> = fc.uint8Array({ maxLength: 12 }).map((input) => (state) => {
  const decoder = new KeyDecoder();
  return [...decoder.push(input), ...decoder.flush()].reduce((before, key) => takeKey(before, key).state, state);
});

const typed: fc.Arbitrary<Step> = fc
  .array(
    fc.constantFrom("set ", "\r", "\u001b[A", "\u001b[5~", "\u001b[6~", "\t", "\u0003", "commit\r", "🔥", "\u001b"),
    {
      maxLength: 8,
    },
  )
  .map((keys) => (state) => {
    const decoder = new KeyDecoder();
    const decoded = [...decoder.push(Buffer.from(keys.join(""))), ...decoder.flush()];
    return decoded.reduce((before, key) => takeKey(before, key).state, state);
  });

const observed: fc.Arbitrary<Step> = fc
  .array(
    fc.tuple(fc.nat(attempts.length - 1), fc.constantFrom<Verdict>("open", "refused", "filtered", "wrong-answer")),
    {
      maxLength: 20,
    },
  )
  .map((found) => (state, _, nowMs) => {
    const observations = found.flatMap(([index, verdict]): Observation[] => {
      const attempt = attempts[index];
      return attempt === undefined ? [] : [{ ...attempt, verdict, latencyMs: 1, tries: 1 }];
    });
    return withObservations(state, observations, nowMs);
  });

const flow: fc.Arbitrary<Omit<FlowRecord, "atMs">> = fc.record({
  kind: fc.constantFrom("session-deny", "session-create", "session-close"),
  sessionId: fc.nat(),
  fromZone: names,
  toZone: names,
  policy: fc.record({ scope: fc.constantFrom("zone-pair", "global", "default"), name: names }),
  source: fc.oneof(fc.ipV4(), fc.ipV6()),
  sourcePort: fc.nat(65_535),
  destination: fc.oneof(fc.ipV4(), fc.ipV6()),
  destinationPort: fc.nat(65_535),
  protocol: fc.nat(255),
  service: fc.constant("None"),
});

const event: fc.Arbitrary<Step> = fc
  .oneof(
    flow.map((record) => (atMs: number): GatewayEvent => ({ kind: "flow", record: { ...record, atMs } })),
    fc.nat().map((revision) => (atMs: number): GatewayEvent => ({ kind: "committed", atMs, revision, user: "root" })),
    fc.option(fc.nat(1_000)).map((count) => (): GatewayEvent => ({ kind: "lost", source: "packets", count })),
    fc.string().map((message) => (atMs: number): GatewayEvent => ({ kind: "alarm", atMs, code: "x", message })),
  )
  .map((make) => (state, _, nowMs) => withEvent(state, make(nowMs), nowMs));

const answer: fc.Arbitrary<Step> = fc
  .tuple(fc.string(), fc.array(fc.string({ unit: "binary", maxLength: 150 }), { maxLength: 40 }), fc.boolean())
  .map(([line, lines, ok]) => (state, size) => {
    return withAnswer(withCommand(state, line), { text: lines.join("\n"), ok }, outputArea(size));
  });

const sessions: fc.Arbitrary<Step> = fc.array(names, { maxLength: 30 }).map((policies) => (state) => {
  const wing = {
    source: "",
    sourcePort: 0,
    destination: "",
    destinationPort: 0,
    interface: "",
    packets: 1,
    bytes: 1e9,
  };
  const list = policies.map((policy, id) => ({
    id,
    policy,
    policyId: 16,
    fromZone: policy,
    toZone: "web",
    timeoutSeconds: 1,
    protocol: "tcp",
    application: "None",
    in: wing,
    out: wing,
  }));
  return withSessions(state, list, list.length);
});

const sizes = fc.constantFrom<Size>(
  { columns: 80, rows: 24 },
  { columns: 81, rows: 25 },
  { columns: 125, rows: 24 },
  { columns: 126, rows: 60 },
  { columns: 40, rows: 10 },
  { columns: 250, rows: 24 },
);

test("any walk keeps the screen straight, free of control characters, and the lists bounded", () => {
  const steps = fc.array(fc.tuple(fc.oneof(bytes, typed, observed, event, answer, sessions), sizes, fc.nat(5_000)), {
    maxLength: 25,
  });
  fc.assert(
    fc.property(steps, (walk) => {
      let nowMs = 1_000_000;
      let state = initialState({ hostName: "gw", revision: 1, startToEnforcingMs: 1, startedAtMs: nowMs }, nowMs);
      for (const [step, size, waitMs] of walk) {
        nowMs += waitMs;
        state = { ...step(state, size, nowMs), nowMs };
        const screen = renderScreen(state, size);
        expect(screen.lines).toHaveLength(size.rows);
        for (const line of screen.lines) {
          expect(lineWidth(line)).toBeLessThanOrEqual(size.columns);
          // oxlint-disable-next-line no-control-regex
          expect(plainText(line)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
        expect(screen.cursor.column).toBeLessThan(size.columns);
        expect(state.output.length).toBeLessThanOrEqual(5_000);
        expect(state.denials.size).toBeLessThanOrEqual(2_000);
      }
    }),
    { numRuns: 200 },
  );
});
