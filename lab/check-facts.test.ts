// The facts of `--check`: each must hold for a good run and must fail, with the offender's name, for each way in which
// a gateway could lie.

import { describe, expect, test } from "vitest";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import type { Arrival } from "./arrivals.ts";
import {
  closesCounted,
  createsLogged,
  deniesLogged,
  mappingShown,
  nothingLeaked,
  startedInTime,
} from "./check-facts.ts";
import { denyingPolicyOf, initialTruths } from "./expectations.ts";
import { compare, planAttempts } from "./matrix.ts";
import type { Comparison } from "./matrix.ts";
import { gatewayName, hostOf, servicePorts, zones } from "./topology.ts";

/** A run in which everything was as expected. */
const good: readonly Comparison[] = compare(
  planAttempts().map((attempt) => ({ ...attempt, verdict: "filtered", latencyMs: 1, tries: 1 }) as const),
  initialTruths,
).map((comparison) => ({ ...comparison, verdict: comparison.expectation, agrees: true }));

function denialOf(attempt: Comparison): FlowRecord {
  const from = hostOf(attempt.from);
  const ping = attempt.service === "ping";
  const toZone = attempt.to === gatewayName ? "junos-host" : hostOf(attempt.to).zone;
  const service = attempt.service === "ping" ? undefined : servicePorts[attempt.service];
  return {
    kind: "session-deny",
    atMs: 0,
    sessionId: 0,
    fromZone: from.zone,
    toZone,
    policy: { scope: "global", name: denyingPolicyOf(from.zone, toZone, attempt.service) },
    source: from.addresses[attempt.family],
    sourcePort: 40_000,
    destination: attempt.address,
    destinationPort: service?.port ?? 2048,
    protocol: ping ? (attempt.family === 4 ? 1 : 58) : service?.protocol === "tcp" ? 6 : 17,
    service: "None",
  };
}

const denials = good.filter(({ expectation }) => expectation !== "open").map(denialOf);
const closed: FlowRecord = {
  ...(denials[0] as FlowRecord),
  kind: "session-close",
  policy: { scope: "zone-pair", name: "visitors" },
  protocol: 6,
  bytesFromClient: 400,
  bytesFromServer: 500,
};

describe("deniesLogged", () => {
  test("holds when every stopped attempt has its record", () => {
    expect(deniesLogged(good, denials)).toMatchObject({ holds: true, details: ["206 attempts, none missing"] });
  });

  test("fails for any single record that is missing", () => {
    for (const missing of denials.filter((_, index) => index % 10 === 0)) {
      const fact = deniesLogged(
        good,
        denials.filter((record) => record !== missing),
      );
      expect(fact.holds).toBe(false);
      expect(fact.details[0]).toContain("is not in the log");
    }
  });

  test.each([
    ["zone it came from", { fromZone: "data" }],
    ["zone it went to", { toZone: "none" }],
    ["policy", { policy: { scope: "global", name: "some-other" } }],
  ] as const)("fails when the log names another %s", (_, change) => {
    const [first, ...rest] = denials;
    const fact = deniesLogged(good, [{ ...(first as FlowRecord), ...change }, ...rest]);
    expect(fact.holds).toBe(false);
    expect(fact.details[0]).toContain("expected default-policy from finance to app");
  });

  test("names a few offenders and counts the rest", () => {
    const { details } = deniesLogged(good, []);
    expect(details).toHaveLength(6);
    expect(details.at(-1)).toBe("and 201 more");
  });

  test("does not take another kind of record for a denial", () => {
    const opened = denials.map((record): FlowRecord => ({ ...record, kind: "session-create" }));
    expect(deniesLogged(good, opened).holds).toBe(false);
  });
});

describe("nothingLeaked", () => {
  const arrived = (to: string, ...arrivals: readonly Arrival[]) =>
    nothingLeaked(new Map([[to, arrivals]]), initialTruths);

  test.each([
    ["a visitor of the web tier", "web-server", { source: "198.51.100.10", service: "http", family: 4 }],
    ["a neighbour", "app-desk", { source: "2001:db8:10:2::10", service: "dns", family: 6 }],
    ["the gateway's own packet", "finance-pc", { source: "10.10.1.1", service: "ping", family: 4 }],
  ] as const)("holds for %s", (_, to, arrival) => {
    expect(arrived(to, arrival).holds).toBe(true);
  });

  test.each([
    [
      "a denied client",
      "data-store",
      { source: "10.10.2.20", service: "postgresql", family: 4 },
      "app-desk reached data-store",
    ],
    ["a rejected one", "internet", { source: "10.10.1.10", service: "http", family: 4 }, "finance-pc reached internet"],
    [
      "the other address of the internet's host",
      "finance-pc",
      { source: "203.0.113.2", service: "ping", family: 4 },
      "internet reached",
    ],
    ["an unknown source", "web-server", { source: "192.0.2.9", service: "http", family: 4 }, "192.0.2.9 reached"],
  ] as const)("fails for %s", (_, to, arrival, words) => {
    const fact = arrived(to, arrival);
    expect(fact.holds).toBe(false);
    expect(fact.details[0]).toContain(words);
  });

  test("holds when nothing arrived at all", () => {
    expect(nothingLeaked(new Map(), initialTruths).holds).toBe(true);
  });
});

describe("closesCounted", () => {
  test("holds when each TCP session has bytes both ways", () => {
    expect(closesCounted([closed])).toMatchObject({
      holds: true,
      details: [expect.stringContaining("400 B out, 500 B back")],
    });
  });

  test.each([
    ["there is none", []],
    ["there are only UDP sessions", [{ ...closed, protocol: 17 }]],
    ["one has no bytes back", [closed, { ...closed, bytesFromServer: 0 }]],
    [
      "one has no counts",
      [{ ...closed, bytesFromClient: undefined, bytesFromServer: undefined } as unknown as FlowRecord],
    ],
  ] as const)("fails when %s", (_, records) => {
    expect(closesCounted(records).holds).toBe(false);
  });
});

test("createsLogged wants a record of each policy", () => {
  const created: FlowRecord = { ...closed, kind: "session-create" };
  expect(createsLogged([created], ["visitors"]).holds).toBe(true);
  expect(createsLogged([created], ["visitors", "publish"])).toMatchObject({
    holds: false,
    details: ["no session-create record of policy publish"],
  });
  expect(createsLogged([closed], ["visitors"]).holds).toBe(false);
});

describe("mappingShown", () => {
  const row = (name: string, device: string) =>
    `Physical interface: ${name}, Enabled, Physical link is Up\n  Interface index: 2, Kernel device: ${device}\n`;
  const table = zones.map(({ gatewayInterface, gatewayDevice }) => row(gatewayInterface, gatewayDevice)).join("");

  test("holds when every name stands with its device", () => {
    expect(mappingShown(table).holds).toBe(true);
  });

  test.each([
    ["nothing is shown", ""],
    ["a device is missing", table.replace("eth3", "eth9")],
    ["two are swapped", table.replace("eth1", "x").replace("eth2", "eth1").replace("x", "eth2")],
  ])("fails when %s", (_, text) => {
    expect(mappingShown(text).holds).toBe(false);
  });
});

test.each([
  [999.4, 0, true],
  [1_000, 0, false],
  [1_400, 401, true],
  [1_400, 400, false],
  [60_000, 0, false],
])("a start of %d ms, %d of them waiting for a processor, is in time: %s", (ms, waitedForProcessorMs, holds) => {
  expect(startedInTime({ startToEnforcingMs: ms, waitedForProcessorMs }, 1_000).holds).toBe(holds);
});
