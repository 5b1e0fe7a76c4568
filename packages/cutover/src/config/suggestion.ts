function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const change = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(change, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

/** The known word that was most likely meant, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const ranked = known
    .map((name) => ({ name, far: distance(lower, name.toLowerCase()) }))
    .toSorted((one, other) => one.far - other.far);
  const best = ranked[0];
  const farthest = Math.max(1, Math.floor(word.length / 3));
  return best !== undefined && best.far <= farthest ? best.name : undefined;
}

/**
 * Says what an unknown word may have been meant as, or what words there are.
 * @param none - said where there are none. Default: `none is defined`
 */
export function suggestion(
  word: string,
  known: readonly string[],
  none: string = "none is defined",
): string {
  if (known.length === 0) return none;
  const meant = nearest(word, known);
  return meant === undefined ? `known are: ${known.join(", ")}` : `did you mean \`${meant}\`?`;
}

/** The same of a collection's name, in a config whose collections may be the problem. */
export function collectionSuggestion(word: string, known: readonly string[]): string {
  return suggestion(word, known, "`collections` defines none that can be used");
}
