interface Match {
  readonly left: number;
  readonly right: number;
  readonly length: number;
}

/** A stretch of both texts, ends excluded. */
interface Span {
  readonly left: number;
  readonly leftEnd: number;
  readonly right: number;
  readonly rightEnd: number;
}

/** The longest common run within a span; of equally long ones the first in the left text. */
function longestMatch(left: string, right: string, span: Span): Match {
  let best: Match = { left: span.left, right: span.right, length: 0 };
  let lengths = new Map<number, number>();
  for (let at = span.left; at < span.leftEnd; at++) {
    const next = new Map<number, number>();
    for (let to = span.right; to < span.rightEnd; to++) {
      if (left[at] !== right[to]) continue;
      const length = (lengths.get(to - 1) ?? 0) + 1;
      next.set(to, length);
      if (length > best.length) best = { left: at - length + 1, right: to - length + 1, length };
    }
    lengths = next;
  }
  return best;
}

function matchedLength(left: string, right: string): number {
  const spans: Span[] = [{ left: 0, leftEnd: left.length, right: 0, rightEnd: right.length }];
  let matched = 0;
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const match = longestMatch(left, right, span);
    if (match.length === 0) continue;
    matched += match.length;
    spans.push({ ...span, leftEnd: match.left, rightEnd: match.right });
    spans.push({
      left: match.left + match.length,
      leftEnd: span.leftEnd,
      right: match.right + match.length,
      rightEnd: span.rightEnd,
    });
  }
  return matched;
}

/**
 * How alike two texts are, from 0 to 1: twice the length of what they have in common, run by run,
 * over the length of both (Ratcliff and Obershelp, as Python's `difflib` computes it).
 */
export function similarity(left: string, right: string): number {
  const total = left.length + right.length;
  return total === 0 ? 1 : (2 * matchedLength(left, right)) / total;
}
