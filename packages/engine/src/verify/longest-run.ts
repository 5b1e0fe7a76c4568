/** The position in `tails` at which a number belongs: all before it are smaller. */
function placeIn(tails: readonly number[], ranks: readonly number[], rank: number): number {
  let low = 0;
  let high = tails.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranks[tails[middle] ?? 0] ?? 0) < rank) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The longest ascending run that is left when as few numbers as possible are taken out.
 *
 * @param ranks distinct numbers
 * @returns the indexes of its members
 */
export function longestRun(ranks: readonly number[]): ReadonlySet<number> {
  const tails: number[] = [];
  const before: (number | undefined)[] = [];
  for (const [index, rank] of ranks.entries()) {
    const place = placeIn(tails, ranks, rank);
    before.push(place === 0 ? undefined : tails[place - 1]);
    tails[place] = index;
  }
  const run = new Set<number>();
  for (let at = tails.at(-1); at !== undefined; at = before[at]) run.add(at);
  return run;
}
