const lastCodePoint = 0x10ffff;

function after(codePoint: number): number {
  // Surrogates are no characters; the next one lies behind them.
  return codePoint === 0xd7ff ? 0xe000 : codePoint + 1;
}

/**
 * The first text, by UTF-8 bytes, that comes after everything that begins with `prefix`.
 *
 * @returns undefined when nothing does, as after U+10FFFF
 */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === lastCodePoint) points.pop();
  const last = points.pop();
  return last === undefined ? undefined : String.fromCodePoint(...points, after(last));
}
