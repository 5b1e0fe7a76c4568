/** A durable sign that something may differ between both stores. */
export interface Mark {
  /** A key, `*` for everything, or `~` for what an expiry is about to remove. */
  readonly target: string;
  /** Of the latest write that marked it. */
  readonly number: number;
  /** Writers that marked it and have not settled. */
  readonly writers: number;
  /** The record may have another place than before. */
  readonly moved: boolean;
}

/** The mark of a target. */
export function markOf(marks: readonly Mark[], target: string): Mark | undefined {
  return marks.find((mark) => mark.target === target);
}

/** Whether it may stand for any record: everything, or a sweep that has not told what it removed. */
export function standsForAll({ target, writers, moved }: Mark): boolean {
  return target === "*" || (target === "~" && (writers > 0 || moved));
}

function replaced(marks: readonly Mark[], changed: Mark): Mark[] {
  const others = marks.filter(({ target }) => target !== changed.target);
  return [...others, changed].toSorted((a, b) => (a.target < b.target ? -1 : 1));
}

/** Marks targets under a new number; `writers` is 1 for a writer, 0 for a finding. */
export function marked(
  marks: readonly Mark[],
  targets: string,
  { number, writers, moved }: Omit<Mark, "target">,
): readonly Mark[] {
  let result = marks;
  for (const target of targets) {
    const before = markOf(result, target);
    result = replaced(result, {
      target,
      number,
      writers: (before?.writers ?? 0) + writers,
      moved: (before?.moved ?? false) || moved,
    });
  }
  return result;
}

/** One writer less for each target; those in `moved` have another place from now on. */
export function settled(marks: readonly Mark[], targets: string, moved: string): readonly Mark[] {
  return marks.map((mark) =>
    targets.includes(mark.target)
      ? {
          ...mark,
          writers: Math.max(0, mark.writers - 1),
          moved: mark.moved || moved.includes(mark.target),
        }
      : mark,
  );
}
