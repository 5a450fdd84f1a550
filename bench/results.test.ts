// What a run leaves behind: the table, the file, the chart.

import { describe, expect, test } from "vitest";
import { lookupChart } from "./lookup-chart.ts";
import { kernelMemoryBytes, machineFacts } from "./machine-facts.ts";
import { rowsOf } from "./measurement.ts";
import type { Measurement } from "./measurement.ts";
import { resultText } from "./result-file.ts";
import type { ResultFile } from "./result-file.ts";
import { rowsTable, valueText } from "./rows-table.ts";

function curve(gateway: string, values: readonly number[]): readonly Measurement[] {
  return [10, 3_000, 100_000].flatMap((policies, index) => {
    const value = values[index];
    return value === undefined
      ? []
      : [{ subject: "new-flows", gateway, policies, unit: "flows/s", values: [value, value], disturbedRounds: 1 }];
  });
}

const measurements: readonly Measurement[] = [
  ...curve("merlon", [150_000, 140_000, 130_000]),
  ...curve("conntrack", [200_000, 200_000, 200_000]),
  ...curve("zone-split", [160_000, 14_000, 400]),
  ...curve("linear", [150_000, 7_000]),
  { subject: "element-update", gateway: "merlon", policies: 10, unit: "ms", values: [0.01234, 4] },
];

test("the table has a line for each subject and number of policies, and a column for each peer", () =>
  expect(rowsTable(rowsOf(measurements))).toBe(`\
                policies   Merlon           × conntrack  × zone-split  × linear
new-flows             10  150,000  flows/s         0.75          0.94      1.00
new-flows          3,000  140,000  flows/s         0.70          10.0      20.0
new-flows        100,000  130,000  flows/s         0.65           325
element-update        10     2.01  ms`));

test.each([
  [1_234_567, "1,234,567"],
  [999.6, "1000"],
  [12.345, "12.3"],
  [0.012345, "0.0123"],
])("%d is shown as %s", (value, text) => expect(valueText(value)).toBe(text));

describe("the file", () => {
  const machine = machineFacts(".", new Date(0), 0.5);
  const text = resultText({ name: "lookup", command: "npm run bench", shape: "realistic", machine, measurements });
  const parsed = JSON.parse(text) as ResultFile;

  test("is JSON with rows, values and the machine", () => {
    expect(parsed.rows).toEqual(rowsOf(measurements));
    expect(parsed.rows[0]).toEqual({
      subject: "new-flows",
      policies: 10,
      ratioTo: "conntrack",
      ratio: 0.75,
      value: 150_000,
      unit: "flows/s",
    });
    expect(parsed.measurements).toHaveLength(measurements.length);
    expect(parsed.machine.startedAt).toBe("1970-01-01T00:00:00.000Z");
    expect(parsed.machine.cores).toBeGreaterThan(0);
  });

  test("has one row on one line", () => {
    const lines = text.split("\n").filter((line) => line.includes('"ratioTo"'));
    expect(lines).toHaveLength(parsed.rows.filter(({ ratioTo }) => ratioTo !== undefined).length);
  });
});

describe("the chart", () => {
  const chart = lookupChart(measurements);

  test("has a line for each subject that was measured against connection tracking", () => {
    expect(chart.match(/<polyline/g)).toHaveLength(3);
    expect(chart.match(/<circle/g)).toHaveLength(8);
    expect(chart).toContain(">Merlon 65 %</text>");
    expect(chart).toContain(">nftables, zone-pair lists 0.2 %</text>");
    expect(chart).toContain(">nftables, one list 3.5 %, at 3,000</text>");
    expect(chart).toContain(">100,000</text>");
  });

  test("stays within its frame, and its labels apart", () => {
    const places = [...chart.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
      Number(x),
      Number(y),
    ]);
    for (const [x = 0, y = 0] of places) {
      expect(x).toBeGreaterThanOrEqual(62);
      expect(x).toBeLessThanOrEqual(560);
      expect(y).toBeGreaterThanOrEqual(56);
      expect(y).toBeLessThanOrEqual(344);
    }
    const labels = [...chart.matchAll(/<text x="572" y="([\d.]+)"/g)].map(([, y]) => Number(y));
    const gaps = labels.slice(1).map((y, index) => y - (labels[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(16.9);
  });

  test("can be drawn of nothing", () => expect(lookupChart([])).toContain("<svg"));
});

describe("kernel memory", () => {
  test.each([
    ["Slab:  100 kB\nVmallocUsed:  20 kB\nPercpu:  3 kB\n", 123 * 1_024],
    ["MemFree: 5 kB\nSlab: 1 kB\n", 1_024],
    ["", 0],
  ])("%j", (text, bytes) => expect(kernelMemoryBytes(text)).toBe(bytes));
  test("of this machine is more than nothing", () => expect(kernelMemoryBytes()).toBeGreaterThan(1e6));
});
