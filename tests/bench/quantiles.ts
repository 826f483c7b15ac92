/**
 * Samples in two or three numbers.
 *
 * @module
 */

/** Of all samples. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** Median and 99th percentile of what was measured; NaN if nothing was. */
export function quantiles(samples: readonly number[]): Quantiles {
  const sorted = samples.filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ??
      NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
