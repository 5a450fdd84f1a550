// Which rows stand together: as few maps as the order allows.

import { expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { RuleId } from "../ir.ts";
import { mergedSteps } from "./merged-steps.ts";
import type { Row, Shape, Step } from "./nat-steps.ts";

function range(text: string): IpRange {
  const [low = "", high = low] = text.split("-");
  const [first, last] = [parseIp(low), parseIp(high)];
  if (first?.family !== 4 || last?.family !== 4) throw new Error(text);
  return { family: 4, first: first.value, last: last.value };
}

/** `10.0.0.1` is a row of one address, `10.0.0.0-10.0.0.7` of a range, `10.0.0.1:80` of a port, `rule` a rule. */
function stepOf(text: string, index: number): Step {
  if (text === "rule") {
    const any = { kind: "any" } as const;
    const match = { source: any, destination: any, services: "any", applications: [] } as const;
    return { kind: "rule", id: index as RuleId, match, then: { kind: "off" } };
  }
  const [address = "", port] = text.split(":");
  const shape: Shape = port !== undefined ? "port" : address.includes("-") ? "range" : "address";
  const from = range(address);
  const row: Row = { id: index as RuleId, from, to: from };
  return {
    kind: "rows",
    shape,
    rows: [port === undefined ? row : { ...row, port: { protocol: 6, from: Number(port), to: 1 } }],
  };
}

function merged(text: string): string {
  return mergedSteps(text.split(" ").map(stepOf))
    .map((step) => (step.kind === "rule" ? "rule" : `${step.shape} ${step.rows.map(({ id }) => id).join(",")}`))
    .join("; ");
}

test.each<[string, string, string]>([
  ["one shape", "10.0.0.1 10.0.0.2 10.0.0.3", "address 0,1,2"],
  ["the same address twice", "10.0.0.1 10.0.0.1", "address 0,1"],
  ["a rule between", "10.0.0.1 rule 10.0.0.2", "address 0; rule; address 2"],
  ["two shapes apart", "10.0.0.1 10.0.1.0-10.0.1.7 10.0.0.2 10.0.2.0-10.0.2.7", "address 0,2; range 1,3"],
  ["two shapes that meet", "10.0.0.1 10.0.0.0-10.0.0.7", "range 0,1"],
  ["ports apart from addresses", "10.0.0.1:80 10.0.0.2 10.0.0.3:80", "port 0,2; address 1"],
  ["a port behind its address", "10.0.0.1 10.0.0.1:80", "address 0; port 1"],
  ["a port in a range", "10.0.0.0-10.0.0.7 10.0.0.1:80 10.0.9.1:80", "range 0; port 1,2"],
  ["an address behind a range that meets it", "10.0.0.0-10.0.0.7 10.0.0.1 10.0.9.9", "range 0,1; address 2"],
])("%s", (_, text, expected) => {
  expect(merged(text)).toBe(expected);
});

test("two thousand of either, in turns, are few maps", () => {
  const text = Array.from(
    { length: 2_000 },
    (_, i) => `10.1.${i >> 8}.${i & 255} 10.${2 + (i >> 8)}.${i & 255}.0-10.${2 + (i >> 8)}.${i & 255}.7`,
  );
  expect(mergedSteps(text.join(" ").split(" ").map(stepOf)).length).toBeLessThanOrEqual(3);
});
