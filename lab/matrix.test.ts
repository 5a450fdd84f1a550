// The plan of the attempts and the comparison with the truth, as tables.

import { describe, expect, test } from "vitest";
import { initialTruths } from "./expectations.ts";
import type { Expectation } from "./expectations.ts";
import { agrees, compare, deservesRetry, planAttempts } from "./matrix.ts";
import type { Verdict } from "./probes/probe.ts";
import { gatewayName, hosts } from "./topology.ts";

describe("planAttempts", () => {
  const attempts = planAttempts();

  test("tries every ordered pair by every service over both families, and the gateway by ping", () => {
    const pairs = hosts.length * (hosts.length - 1);
    expect(attempts).toHaveLength(pairs * 4 * 2 + hosts.length * 2);
    expect(new Set(attempts.map(({ from, address, service }) => `${from} ${address} ${service}`)).size).toBe(
      attempts.length,
    );
  });

  test("never tries a host from itself", () => {
    expect(attempts.filter(({ from, to }) => from === to)).toEqual([]);
  });

  test("asks the gateway at the address of the asker's own zone", () => {
    const asked = attempts.filter(({ from, to }) => from === "web-server" && to === gatewayName);
    expect(asked.map(({ address }) => address)).toEqual(["10.10.3.1", "2001:db8:10:3::1"]);
  });
});

const verdicts: readonly Verdict[] = ["open", "refused", "filtered", "wrong-answer"];
const table: readonly (readonly [Expectation, Verdict, boolean, boolean])[] = [
  // expected, found, agrees, asked again
  ["open", "open", true, false],
  ["open", "refused", false, false],
  ["open", "filtered", false, true],
  ["open", "wrong-answer", false, false],
  ["refused", "open", false, false],
  ["refused", "refused", true, false],
  ["refused", "filtered", false, true],
  ["refused", "wrong-answer", false, false],
  ["filtered", "open", false, false],
  ["filtered", "refused", false, false],
  ["filtered", "filtered", true, false],
  ["filtered", "wrong-answer", false, false],
];

describe("agreement", () => {
  test.each(table)("expected %s, found %s: agrees %s, asked again %s", (expectation, verdict, right, again) => {
    expect(agrees(expectation, verdict)).toBe(right);
    expect(deservesRetry(expectation, verdict)).toBe(again);
  });

  test("the table has every case", () => {
    expect(table).toHaveLength(3 * verdicts.length);
  });

  test("what got through although it must not is never asked again", () => {
    for (const verdict of verdicts) expect(deservesRetry("filtered", verdict)).toBe(false);
  });
});

test("compare puts expectation, reason and agreement beside each observation", () => {
  const [first] = planAttempts();
  if (first === undefined) throw new Error("no attempts");
  const [open] = compare([{ ...first, verdict: "open", latencyMs: 1, tries: 1 }], initialTruths);
  expect(open).toMatchObject({
    from: "finance-pc",
    to: "app-server",
    service: "http",
    expectation: "open",
    agrees: true,
    because: "finance uses the application and looks after it",
  });
  const [silent] = compare([{ ...first, verdict: "filtered", latencyMs: 400, tries: 2 }], initialTruths);
  expect(silent).toMatchObject({ expectation: "open", agrees: false, tries: 2 });
});
