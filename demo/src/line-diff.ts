/** How many lines stand in one text and not in the other, by a common prefix and suffix first. */
export interface LineDifference {
  readonly removed: number;
  readonly added: number;
}

/** Compares two texts line by line. Lines between two changes count as common where they recur in order. */
export function lineDifference(before: string, after: string): LineDifference {
  const left = before.split("\n");
  const right = after.split("\n");
  let at = 0;
  let removed = 0;
  let added = 0;
  const rightAt = new Map<string, number[]>();
  for (const [index, line] of right.entries()) {
    const places = rightAt.get(line);
    if (places === undefined) rightAt.set(line, [index]);
    else places.push(index);
  }
  for (const line of left) {
    const next = right[at] === line ? at : rightAt.get(line)?.find((place) => place >= at);
    if (next === undefined) removed++;
    else {
      added += next - at;
      at = next + 1;
    }
  }
  return { removed, added: added + right.length - at };
}
