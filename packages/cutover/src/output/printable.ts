// Keys and file names come from outside: none of them may steer the terminal.
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const wide =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const combining = /\p{M}|\p{Cf}/u;

/** The text with every control character spelt out, such as `\u001b`; line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replaceAll(
    control,
    (found) => String.raw`\u` + found.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** How many columns of a terminal the text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!combining.test(character)) width += wide.test(character) ? 2 : 1;
  }
  return width;
}

/** The text, cut to at most so many columns; a cut one ends in `…`. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let cut = "";
  for (const character of text) {
    if (widthOf(cut) + widthOf(character) > columns - 1) break;
    cut += character;
  }
  return `${cut}…`;
}
