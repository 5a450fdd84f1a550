// Measures several gateways in turn, A B C A B C: a machine that grows slower, or is used by others for a while, does so
// for all of them. Each round begins with another one, so that none always comes after the same.

import type { Rate } from "./bench-gateway.ts";
import type { Measurement } from "./measurement.ts";

/** What one measurement of one gateway gives: a value for each subject. */
export type Sample = Readonly<
  Record<string, { readonly value: number; readonly unit: string; readonly disturbed: boolean }>
>;

export interface RoundRobin<Gateway> {
  readonly gateways: readonly {
    readonly name: string;
    readonly gateway: Gateway;
    /** In each which round it is measured; 1 when not said. */
    readonly every?: number;
  }[];
  readonly policies: number;
  readonly rounds: number;
  readonly measure: (gateway: Gateway) => Promise<Sample>;
  /** Called before each round. */
  readonly onRound?: (round: number) => void;
}

/** One measurement that nobody sees goes before the rounds, to warm up. */
export async function measureInTurn<Gateway>(plan: RoundRobin<Gateway>): Promise<readonly Measurement[]> {
  const { gateways, policies, rounds, measure, onRound } = plan;
  const samples = new Map(gateways.map(({ name }) => [name, [] as (Sample | undefined)[]]));
  for (const { gateway } of gateways) await measure(gateway);
  for (let round = 0; round < rounds; round++) {
    onRound?.(round);
    for (let n = 0; n < gateways.length; n++) {
      const next = gateways[(n + round) % gateways.length];
      if (next === undefined) continue;
      const due = round % (next.every ?? 1) === 0;
      samples.get(next.name)?.push(due ? await measure(next.gateway) : undefined);
    }
  }
  return [...samples].flatMap(([gateway, taken]) =>
    Object.entries(taken[0] ?? {}).map(([subject, { unit }]) => ({
      subject,
      gateway,
      policies,
      unit,
      values: taken.map((sample) => sample?.[subject]?.value ?? Number.NaN),
      disturbedRounds: taken.filter((sample) => sample?.[subject]?.disturbed === true).length,
    })),
  );
}

export function rateSample({ perSecond, disturbed }: Rate, unit: string, factor = 1) {
  return { value: perSecond * factor, unit, disturbed };
}
