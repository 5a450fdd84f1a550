// Runs attempts on the hosts they start from, all at once, and asks slowly again where silence may be the machine's fault.

import { expectationOf } from "./expectations.ts";
import type { Truth } from "./expectations.ts";
import { deservesRetry } from "./matrix.ts";
import type { Attempt, Observation } from "./matrix.ts";
import type { ProbeRequest, ProbeResult } from "./probes/probe.ts";

/** A host, as far as probing goes. */
export interface Prober {
  readonly name: string;
  /** Results in the order of the requests. */
  readonly probe: (probes: readonly ProbeRequest[]) => Promise<readonly ProbeResult[]>;
}

/** Silence this long means filtered: a round trip here takes under 5 ms, and a SYN is repeated after 1,000 ms. */
export const quickTimeoutMs = 400;
/** For the second try; long enough for a lost SYN to be repeated twice. */
const slowTimeoutMs = 4_000;

/** One observation for each attempt, in the same order. */
export async function probeMatrix(
  hosts: readonly Prober[],
  attempts: readonly Attempt[],
  timeoutMs: number = quickTimeoutMs,
): Promise<readonly Observation[]> {
  const byHost = Map.groupBy(attempts.entries(), ([, attempt]) => attempt.from);
  const observations: Observation[] = [];
  await Promise.all(
    [...byHost].map(async ([from, entries]) => {
      const host = hosts.find(({ name }) => name === from);
      if (host === undefined) throw new Error(`no host ${from} runs`);
      const results = await host.probe(
        entries.map(([, { service, family, address, to }]) => ({ service, family, address, hostName: to, timeoutMs })),
      );
      for (const [position, [index, attempt]] of entries.entries()) {
        const result = results[position];
        if (result === undefined) throw new Error(`the host ${from} did not answer for ${attempt.to}`);
        observations[index] = { ...attempt, ...result, tries: 1 };
      }
    }),
  );
  return observations;
}

/** The matrix under these truths, with the second tries. */
export async function probeAgainst(
  hosts: readonly Prober[],
  attempts: readonly Attempt[],
  truths: readonly Truth[],
): Promise<readonly Observation[]> {
  const first = await probeMatrix(hosts, attempts);
  const again = [...first.entries()].filter(([, { from, to, service, verdict }]) =>
    deservesRetry(expectationOf(truths, from, to, service).expectation, verdict),
  );
  if (again.length === 0) return first;
  const second = await probeMatrix(
    hosts,
    again.map(([, observation]) => observation),
    slowTimeoutMs,
  );
  const observations = [...first];
  for (const [position, [index]] of again.entries()) {
    const observation = second[position];
    if (observation !== undefined) observations[index] = { ...observation, tries: 2 };
  }
  return observations;
}
