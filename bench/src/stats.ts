/**
 * The value below which a share of the values lies, between neighbours linearly.
 *
 * @throws RangeError when there are no values, or the share is not between 0 and 1
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("there is no quantile of no values");
  if (!(share >= 0 && share <= 1)) throw new RangeError(`${share} is no share between 0 and 1`);
  const ordered = values.toSorted((a, b) => a - b);
  const place = share * (ordered.length - 1);
  const below = ordered[Math.floor(place)] ?? NaN;
  const above = ordered[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** The value in the middle. @throws RangeError when there are no values */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * Divides round by round and takes the median: what slows a whole round down cancels out.
 *
 * @throws RangeError when the lists are empty or differ in length
 */
export function ratioOf(dividends: readonly number[], divisors: readonly number[]): number {
  if (dividends.length !== divisors.length) {
    throw new RangeError(`${dividends.length} rounds cannot be divided by ${divisors.length}`);
  }
  return median(dividends.map((dividend, round) => dividend / (divisors[round] ?? NaN)));
}

/** Half the distance between the quartiles relative to the median: how much the rounds disagree. */
export function spreadOf(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values);
}
