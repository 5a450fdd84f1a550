// The matrix: every ordered pair of hosts, every service, both families, and ping to the gateway. Pure: which probes to
// run, what was found beside what was expected. The probing itself is `probe-matrix.ts`.

import { expectationOf } from "./expectations.ts";
import type { Expectation, Truth } from "./expectations.ts";
import type { ProbeResult, Verdict } from "./probes/probe.ts";
import { families, gatewayName, hosts, serviceNames, zoneOf } from "./topology.ts";
import type { Family, ServiceName } from "./topology.ts";

export interface Attempt {
  readonly from: string;
  /** A host's name, or the gateway's. */
  readonly to: string;
  readonly address: string;
  readonly service: ServiceName;
  readonly family: Family;
}

export interface Observation extends Attempt, ProbeResult {
  /** How often it was tried; more than once only where silence was not expected. */
  readonly tries: number;
}

export interface Comparison extends Observation {
  readonly expectation: Expectation;
  readonly because: string;
  readonly agrees: boolean;
}

/** All attempts, in the order of the topology. */
export function planAttempts(): readonly Attempt[] {
  return hosts.flatMap((from) => [
    ...hosts
      .filter((to) => to !== from)
      .flatMap((to) =>
        serviceNames.flatMap((service) =>
          families.map((family) => ({ from: from.name, to: to.name, address: to.addresses[family], service, family })),
        ),
      ),
    ...families.map((family) => ({
      from: from.name,
      to: gatewayName,
      address: zoneOf(from.zone).gatewayAddresses[family],
      service: "ping" as const,
      family,
    })),
  ]);
}

export function compare(observations: readonly Observation[], truths: readonly Truth[]): readonly Comparison[] {
  return observations.map((observation) => {
    const { from, to, service } = observation;
    const { expectation, because } = expectationOf(truths, from, to, service);
    return { ...observation, expectation, because, agrees: agrees(expectation, observation.verdict) };
  });
}

export function agrees(expectation: Expectation, verdict: Verdict): boolean {
  return verdict === expectation;
}

/**
 * True when the attempt deserves a slow second try: it was expected to get an answer and met silence, which a busy
 * machine can cause. Anything that got through although it must not is never asked again: it is a leak.
 */
export function deservesRetry(expectation: Expectation, verdict: Verdict): boolean {
  return expectation !== "filtered" && verdict === "filtered";
}
