/** How many bytes two files share at either end; the two ends do not overlap in either of them. */
export interface CommonEnds {
  readonly front: number;
  readonly back: number;
}

/** Length of the longest common beginning; halves what differs until it is found. */
function sharedFront(one: Buffer, other: Buffer): number {
  let low = 0;
  let high = Math.min(one.length, other.length);
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (one.compare(other, low, middle, low, middle) === 0) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Length of the longest common ending. */
function sharedBack(one: Buffer, other: Buffer): number {
  let low = 0;
  let high = Math.min(one.length, other.length);
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    const isEqual =
      one.compare(
        other,
        other.length - middle,
        other.length - low,
        one.length - middle,
        one.length - low,
      ) === 0;
    if (isEqual) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Compares a file in chunks with the bytes of another. */
export function commonEnds(chunks: readonly Buffer[], bytes: Buffer): CommonEnds {
  let front = 0;
  let size = 0;
  for (const chunk of chunks) size += chunk.length;
  for (const chunk of chunks) {
    const shared = sharedFront(chunk, bytes.subarray(front, front + chunk.length));
    front += shared;
    if (shared < chunk.length) break;
  }
  const limit = Math.min(size, bytes.length) - front;
  let back = 0;
  for (const chunk of chunks.toReversed()) {
    const end = bytes.length - back;
    const piece = bytes.subarray(Math.max(end - chunk.length, 0), end);
    const shared = Math.min(sharedBack(chunk, piece), limit - back);
    back += shared;
    if (shared < chunk.length) break;
  }
  return { front, back };
}
