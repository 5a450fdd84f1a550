// Rows of results: one for each peer of the same subject and number of policies.

import { describe, expect, test } from "vitest";
import { comparedWith, rounded, rowsOf } from "./measurement.ts";
import type { Measurement } from "./measurement.ts";

function measurement(gateway: string, values: readonly number[], change: Partial<Measurement> = {}): Measurement {
  return { subject: "new-flows", gateway, policies: 300, unit: "flows/s", values, ...change };
}

describe("rows", () => {
  test("hold Merlon against each peer of the same run", () =>
    expect(
      rowsOf([
        measurement("merlon", [100, 110, 90]),
        measurement("conntrack", [200, 220, 180]),
        measurement("zone-split", [50, 55, 30]),
      ]),
    ).toEqual([
      { subject: "new-flows", policies: 300, ratioTo: "conntrack", ratio: 0.5, value: 100, unit: "flows/s" },
      { subject: "new-flows", policies: 300, ratioTo: "zone-split", ratio: 2, value: 100, unit: "flows/s" },
    ]));

  test.each<[string, Measurement, object[]]>([
    ["other numbers of policies", measurement("linear", [1], { policies: 10 }), [{ value: 100 }]],
    ["other subjects", measurement("linear", [1], { subject: "connections" }), [{ value: 100 }]],
    ["a peer that needed nothing", measurement("linear", [0]), [{ value: 100 }]],
  ])("leave %s out", (_, other, expected) =>
    expect(rowsOf([measurement("merlon", [100]), other])).toMatchObject(expected),
  );

  test("without a peer they carry the value alone", () =>
    expect(rowsOf([measurement("merlon", [1, 2, 9], { subject: "element-update", unit: "ms" })])).toEqual([
      { subject: "element-update", policies: 300, value: 2, unit: "ms" },
    ]));

  test("peers alone make no rows", () => expect(rowsOf([measurement("linear", [1])])).toEqual([]));
});

test("states of one gateway are subjects, held against one of the states", () => {
  const compared = comparedWith("none", [
    measurement("none", [200]),
    measurement("some", [100]),
    measurement("all", [50]),
  ]);
  expect(rowsOf(compared)).toMatchObject([
    { subject: "some-new-flows", ratioTo: "none", ratio: 0.5, value: 100 },
    { subject: "all-new-flows", ratioTo: "none", ratio: 0.25, value: 50 },
  ]);
  expect(comparedWith("none", [measurement("none", [200])])).toEqual([]);
});

test.each([
  [123_456, 123_500],
  [0.123456, 0.1235],
  [99.999, 100],
  [0, 0],
])("%d is written as %d", (value, expected) => expect(rounded(value)).toBe(expected));
