// Medians, because one disturbed round must not move a figure, and ratios of what was measured right after each other,
// because a machine that gets slower does so for all.

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share of all values lies, between the two nearest; NaN, which is none, is left out, and comes back without any. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** The median over the rounds that have both of one value against the other. */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  if (values.length !== others.length)
    throw new Error(`${values.length} rounds cannot be held against ${others.length}`);
  return median(values.map((value, round) => value / (others[round] ?? Number.NaN)));
}

/** How far the middle half of the values reaches, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}
