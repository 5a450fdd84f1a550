// Running the matrix with hosts that answer from a table: order, grouping, and above all who is asked again.

import { describe, expect, test } from "vitest";
import { initialTruths } from "./expectations.ts";
import { planAttempts } from "./matrix.ts";
import type { Attempt } from "./matrix.ts";
import { probeAgainst, probeMatrix, quickTimeoutMs } from "./probe-matrix.ts";
import type { Prober } from "./probe-matrix.ts";
import type { ProbeRequest, ProbeResult, Verdict } from "./probes/probe.ts";
import { hosts } from "./topology.ts";

interface Asked extends ProbeRequest {
  readonly from: string;
}

/** Hosts that give the verdicts of `answer` and remember what they were asked. */
function table(answer: (asked: Asked, time: number) => Verdict): { probers: readonly Prober[]; asked: Asked[] } {
  const asked: Asked[] = [];
  const times = new Map<string, number>();
  const probers = hosts.map(({ name }): Prober => ({
    name,
    probe: async (probes) =>
      probes.map((probe): ProbeResult => {
        const it = { ...probe, from: name };
        const key = `${name} ${probe.address} ${probe.service}`;
        const time = (times.get(key) ?? 0) + 1;
        times.set(key, time);
        asked.push(it);
        return { verdict: answer(it, time), latencyMs: time };
      }),
  }));
  return { probers, asked };
}

const attempts = planAttempts();
const some: readonly Attempt[] = attempts.filter(({ service }) => service === "http").toReversed();

describe("probeMatrix", () => {
  test("gives one observation for each attempt, in the same order, whatever the hosts' order", async () => {
    const { probers, asked } = table(() => "open");
    const observations = await probeMatrix(probers.toReversed(), some);
    expect(observations.map(({ from, to, family }) => [from, to, family])).toEqual(
      some.map(({ from, to, family }) => [from, to, family]),
    );
    expect(asked).toHaveLength(some.length);
    expect(observations.every(({ tries }) => tries === 1)).toBe(true);
  });

  test("asks each host once, for all of its attempts together", async () => {
    let calls = 0;
    const { probers } = table(() => "open");
    const counting = probers.map((prober): Prober => ({
      ...prober,
      probe: (probes) => {
        calls++;
        return prober.probe(probes);
      },
    }));
    await probeMatrix(counting, attempts);
    expect(calls).toBe(hosts.length);
  });

  test("says who must answer and how long to wait", async () => {
    const { probers, asked } = table(() => "open");
    await probeMatrix(probers, some.slice(0, 1), 123);
    expect(asked).toMatchObject([{ hostName: some[0]?.to, address: some[0]?.address, timeoutMs: 123 }]);
  });

  test("of nothing is nothing", async () => {
    expect(await probeMatrix([], [])).toEqual([]);
  });

  test.each([
    ["a host that is missing", [], "no host"],
    ["a host that fails", [{ name: "app-server", probe: () => Promise.reject(new Error("it has ended")) }], "ended"],
    ["a host that forgets an answer", [{ name: "app-server", probe: () => Promise.resolve([]) }], "did not answer"],
  ] as const)("fails with %s", async (_, probers, reason) => {
    const own = attempts.filter(({ from }) => from === "app-server");
    await expect(probeMatrix(probers, own)).rejects.toThrow(reason);
  });
});

describe("probeAgainst", () => {
  /** What the truth table wants of each attempt. */
  const right = async () => {
    const { compare } = await import("./matrix.ts");
    const comparisons = compare(
      attempts.map((attempt) => ({ ...attempt, verdict: "open", latencyMs: 0, tries: 1 }) as const),
      initialTruths,
    );
    return new Map(comparisons.map((it) => [`${it.from} ${it.address} ${it.service}`, it.expectation]));
  };
  const keyOf = ({ from, address, service }: { from: string; address: string; service: string }) =>
    `${from} ${address} ${service}`;

  test("asks nobody twice when all is as expected", async () => {
    const expected = await right();
    const { probers, asked } = table((it) => expected.get(keyOf(it)) ?? "filtered");
    const observations = await probeAgainst(probers, attempts, initialTruths);
    expect(asked).toHaveLength(attempts.length);
    expect(observations.every(({ tries }) => tries === 1)).toBe(true);
  });

  test("asks again, slowly, where an answer was expected and none came, and believes the second try", async () => {
    const expected = await right();
    const { probers, asked } = table((it, time) => (time === 1 ? "filtered" : (expected.get(keyOf(it)) ?? "filtered")));
    const observations = await probeAgainst(probers, attempts, initialTruths);
    const wanting = attempts.filter((attempt) => expected.get(keyOf(attempt)) !== "filtered");
    expect(asked).toHaveLength(attempts.length + wanting.length);
    expect(asked.slice(attempts.length).every(({ timeoutMs }) => timeoutMs > quickTimeoutMs)).toBe(true);
    for (const it of observations) {
      expect(it.verdict).toBe(expected.get(keyOf(it)));
      expect(it.tries).toBe(it.verdict === "filtered" ? 1 : 2);
    }
  });

  test("never asks again about what got through, so a leak stays in the report", async () => {
    const { probers, asked } = table((_, time) => (time === 1 ? "open" : "filtered"));
    const observations = await probeAgainst(probers, attempts, initialTruths);
    expect(asked).toHaveLength(attempts.length);
    expect(observations.every(({ verdict }) => verdict === "open")).toBe(true);
  });

  test("reports what stays silent", async () => {
    const { probers } = table(() => "filtered");
    const observations = await probeAgainst(probers, attempts, initialTruths);
    expect(observations.every(({ verdict }) => verdict === "filtered")).toBe(true);
    expect(observations.filter(({ tries }) => tries === 2).length).toBeGreaterThan(0);
  });
});
