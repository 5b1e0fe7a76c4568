/** Maps figures to places, each factor of ten as wide as the next. */
export interface LogScale {
  readonly least: number;
  readonly most: number;
  readonly at: (value: number) => number;
  /** The powers of ten within, and 2 and 5 times them where there is room. */
  readonly ticks: readonly number[];
}

/** More factors of ten than this leave no room for what is between them. */
const roomForMore = 3;

function ticksBetween(least: number, most: number): number[] {
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(most));
  const steps = last - first <= roomForMore ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = first; power <= last; power++) {
    for (const step of steps) ticks.push(Number(`${step}e${power}`));
  }
  return ticks.filter((tick) => tick >= least && tick <= most);
}

/**
 * A scale that holds all values and leaves some room on both sides.
 *
 * @throws RangeError when a value is not above zero, or there is none
 */
export function logScale(values: readonly number[], from: number, to: number): LogScale {
  if (values.length === 0) throw new RangeError("there is no scale for no values");
  const wrong = values.find((value) => !(value > 0 && Number.isFinite(value)));
  if (wrong !== undefined) throw new RangeError(`${wrong} has no place on a logarithmic scale`);
  const room = 1.15;
  const least = Math.min(...values) / room;
  const most = Math.max(...values) * room;
  const width = Math.log(most / least);
  return {
    least,
    most,
    at: (value) => from + ((to - from) * Math.log(value / least)) / width,
    ticks: ticksBetween(least, most),
  };
}
