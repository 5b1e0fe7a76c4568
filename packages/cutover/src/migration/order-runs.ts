/** A stretch of records that stand side by side, in the same order, on both sides. */
interface Run {
  left: number;
  right: number;
  length: number;
  readonly firstKey: string;
}

/** A stretch of records that stands elsewhere on the other side. */
export interface MovedRun {
  readonly firstKey: string;
  readonly length: number;
}

/** The heaviest chain of runs that keep their order on both sides; the rest has moved. */
function keptRuns(sorted: readonly Run[]): Set<Run> {
  const rights = sorted.map((run) => run.right).toSorted((one, other) => one - other);
  const rank = new Map(rights.map((right, index) => [right, index + 1]));
  // Of all chains that end at a rank or below it, the heaviest: a Fenwick tree of maxima.
  const best: { weight: number; run: Run | undefined }[] = Array.from(
    { length: rights.length + 1 },
    () => ({ weight: 0, run: undefined }),
  );
  const before = new Map<Run, Run | undefined>();
  let heaviest: { weight: number; run: Run | undefined } = { weight: 0, run: undefined };
  for (const run of sorted) {
    const at = rank.get(run.right) ?? 1;
    let chain: { weight: number; run: Run | undefined } = { weight: 0, run: undefined };
    for (let i = at - 1; i > 0; i -= i & -i) {
      const found = best[i];
      if (found !== undefined && found.weight > chain.weight) chain = found;
    }
    before.set(run, chain.run);
    const next = { weight: chain.weight + run.length, run };
    if (next.weight > heaviest.weight) heaviest = next;
    for (let i = at; i < best.length; i += i & -i) {
      if ((best[i]?.weight ?? 0) < next.weight) best[i] = next;
    }
  }
  const kept = new Set<Run>();
  for (let run = heaviest.run; run !== undefined; run = before.get(run)) kept.add(run);
  return kept;
}

/**
 * Finds what moved between two orders of the same keys. Pairs may come in any order; neighbours
 * that stay neighbours cost nothing.
 */
export class OrderRuns {
  readonly #runs: Run[] = [];

  /** The record that is number `left` on one side is number `right` on the other. */
  add(left: number, right: number, key: string): void {
    const last = this.#runs.at(-1);
    const isNext =
      last !== undefined && left === last.left + last.length && right === last.right + last.length;
    if (isNext) last.length += 1;
    else this.#runs.push({ left, right, length: 1, firstKey: key });
  }

  /** The fewest stretches whose move explains the two orders, as far as whole runs can tell. */
  moved(): MovedRun[] {
    const sorted = this.#runs.toSorted((one, other) => one.left - other.left);
    const kept = keptRuns(sorted);
    return sorted
      .filter((run) => !kept.has(run))
      .map(({ firstKey, length }) => ({ firstKey, length }));
  }
}
