/** Maps figures to places, each factor of ten as wide as the next. */
export interface LogScale {
  readonly least: number;
  readonly most: number;
  readonly at: (value: number) => number;
  /** Round figures within, as many as there is room for. */
  readonly ticks: readonly number[];
}

/** Round figures between two powers of ten, by how far apart the ends are. */
const stepsUpTo: readonly (readonly [times: number, steps: readonly number[]])[] = [
  [10, [1, 1.5, 2, 3, 5, 7]],
  [2000, [1, 2, 5]],
  [Infinity, [1]],
];

function ticksBetween(least: number, most: number): number[] {
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(most));
  const steps = stepsUpTo.find(([times]) => most / least <= times)?.[1] ?? [1];
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
