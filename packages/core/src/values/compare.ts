/** Moves surrogates above the rest of the BMP, so that units compare as code points do. */
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

/**
 * Orders two strings by their UTF-8 bytes, which is the order of their code points. JavaScript's
 * own `<` differs: it puts U+10000 before U+FFFF.
 *
 * @returns negative, zero or positive
 */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** What a filter, a sort or an index can compare. */
export type Scalar = string | number | boolean;

/** Orders scalars of one kind; null comes first. */
export function compareScalar(left: Scalar | null, right: Scalar | null): number {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  if (typeof left === "string" && typeof right === "string") return compareText(left, right);
  return Number(left) - Number(right);
}

/**
 * Folds the letters A to Z to lower case and nothing else: the one folding that every store
 * (SQLite's `lower`, Postgres under `COLLATE "C"`) performs identically.
 */
export function foldCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
