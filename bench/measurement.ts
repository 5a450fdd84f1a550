// One figure of one gateway, a value for each round, and the rows that hold Merlon's figures against those of its peers.

import { median, medianRatio } from "./statistics.ts";

export interface Measurement {
  /** What was measured: `new-flows`, `load-time`. */
  readonly subject: string;
  /** Whose: `merlon`, `conntrack`, `zone-split`. */
  readonly gateway: string;
  readonly policies: number;
  readonly unit: string;
  /** One for each round, in order; rounds of equal number belong together. NaN where it was not measured in the round. */
  readonly values: readonly number[];
  /** Rounds during which others had more than a fifth of the core's time. */
  readonly disturbedRounds?: number;
}

/** A row of a result file: the median of Merlon's values, and the median over rounds of their ratio to the peer's. */
export interface BenchRow {
  readonly subject: string;
  readonly policies: number;
  /** Absent, with the ratio, where nothing comparable was measured. */
  readonly ratioTo?: string;
  readonly ratio?: number;
  readonly value: number;
  readonly unit: string;
}

const measured = "merlon";

export function rowsOf(measurements: readonly Measurement[]): readonly BenchRow[] {
  return measurements
    .filter(({ gateway }) => gateway === measured)
    .flatMap(({ subject, policies, unit, values }) => {
      const row = { subject, policies, value: rounded(median(values)), unit };
      const peers = measurements.filter(
        (other) => other.subject === subject && other.policies === policies && other.gateway !== measured,
      );
      const compared = peers.flatMap((peer) => {
        const ratio = rounded(medianRatio(values, peer.values));
        // Nothing can be held against a peer that needed nothing.
        if (!Number.isFinite(ratio)) return [];
        return [{ subject, policies, ratioTo: peer.gateway, ratio, value: row.value, unit }];
      });
      return compared.length === 0 ? [row] : compared;
    });
}

/**
 * Figures of one kind of gateway in several states, held against one of them: the subject is named after the state, and
 * Merlon's value is that of the state.
 */
export function comparedWith(reference: string, measured: readonly Measurement[]): readonly Measurement[] {
  return measured
    .filter(({ gateway }) => gateway !== reference)
    .flatMap((one) => {
      const subject = `${one.gateway}-${one.subject}`;
      const other = measured.find((it) => it.gateway === reference && it.subject === one.subject);
      return [{ ...one, subject, gateway: "merlon" }, ...(other === undefined ? [] : [{ ...other, subject }])];
    });
}

/** Four digits that count: more is noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
