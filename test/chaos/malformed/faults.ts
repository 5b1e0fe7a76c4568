/** Stands where the error is to be reported, and is in none of the files. */
export const mark = "⟦";

/** What stands in the place of a value. Where a word or a number as a whole is wrong, its
 * beginning is reported. */
export const valueFaults: readonly string[] = [
  "⟦NaN",
  "⟦Infinity",
  "⟦-Infinity",
  "⟦None",
  "⟦True",
  "⟦False",
  "⟦undefined",
  "⟦'text'",
  "⟦+1",
  "⟦.5",
  "⟦oops",
  "⟦// note\n1",
  "⟦/* note */ 1",
  "⟦# note\n1",
  "⟦,",
  "⟦:",
  "⟦\\",
  "⟦\u00a01",
  "⟦\ufeff1",
  "⟦\0",
  "⟦01",
  "⟦-07",
  "0⟦x10",
  "1 ⟦2",
  '1 ⟦"text"',
  "[1, ⟦]",
  "[⟦, 1]",
  "[1 ⟦2]",
  "[1⟦}",
  '{"p": 1, ⟦}',
  "{⟦p: 1}",
  "{⟦'p': 1}",
  "{⟦1: 1}",
  '{"p" ⟦1}',
  '{"p": ⟦}',
  '{"p": 1 ⟦"q": 2}',
  '{"p": 1⟦]',
  '"a⟦\tb"',
  '"a⟦\nb"',
  '"é😀⟦\u0001"',
  '"⟦\\q"',
  '"a⟦\\x41"',
];

/** Bytes that are no UTF-8, put into the middle of a text; the first of them is reported. */
export const badBytes: readonly (readonly number[])[] = [
  [0xff],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xe2, 0x82],
];
