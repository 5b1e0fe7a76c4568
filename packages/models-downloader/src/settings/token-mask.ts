/** Longest token of which nothing is shown. */
const hiddenLength = 8;
const shownEnds = 4;

/** A token as it may be shown: its ends, or stars alone. Counts characters as Python does. */
export function maskToken(token: string): string {
  const characters = Array.from(token);
  if (characters.length <= hiddenLength) return "*".repeat(characters.length);
  const stars = "*".repeat(characters.length - 2 * shownEnds);
  return characters.slice(0, shownEnds).join("") + stars + characters.slice(-shownEnds).join("");
}

/** No token holds stars, so whatever looks like this was shown by us. */
const maskPattern = /^\*+$|^\*{3}|^[^*]{4}\*+[^*]{4}$/su;

/** True for what {@link maskToken} makes, of this or any other token, and for all that begins with `***`. */
export function isMasked(text: string): boolean {
  return maskPattern.test(text);
}
