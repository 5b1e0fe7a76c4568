import { ascii } from "./bytes.ts";

/** The file breaks the grammar, or is not shaped as its layout says; nothing in it can be used. */
export class ScanFault extends Error {
  /** Byte offset inside the bytes that were scanned. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Thrown when the window ends before the token does; one shared value, because it says nothing. */
export const incomplete: Error = new Error("the window ends inside a token");

const words: readonly (readonly [string, string])[] = [
  ["NaN", "`NaN` is not JSON; Python's json module writes it; replace it with null or a number"],
  [
    "Infinity",
    "`Infinity` is not JSON; Python's json module writes it; replace it with null or a number",
  ],
  [
    "-Infinity",
    "`-Infinity` is not JSON; Python's json module writes it; replace it with null or a number",
  ],
  ["None", "`None` is Python, not JSON; write `null`"],
  ["True", "`True` is Python, not JSON; write `true`"],
  ["False", "`False` is Python, not JSON; write `false`"],
  ["undefined", "`undefined` is not JSON; write `null` or leave the member out"],
  ["'", 'text is in single quotes; JSON strings and member names need double quotes (`"`)'],
  ["//", "JSON has no comments; remove this one"],
  ["/*", "JSON has no comments; remove this one"],
  ["#", "JSON has no comments; remove this one"],
  ["+", "a JSON number does not begin with `+`; remove the sign"],
  [".", "a JSON number needs a digit before its decimal point"],
];

/** How many bytes from an unexpected one are needed to name it. */
export const lookaheadBytes = 9;

function startsWith(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i += 1) {
    if (bytes[at + i] !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** Says what is wrong at `at`, where the grammar wants `wanted`; quotes no content of the file. */
export function unexpectedAt(bytes: Uint8Array, at: number, wanted: string): ScanFault {
  for (const [word, message] of words) {
    if (startsWith(bytes, at, word)) return new ScanFault(message, at);
  }
  const byte = bytes[at] ?? 0;
  if (byte < ascii.space) {
    return new ScanFault(`a control character stands where ${wanted} is expected`, at);
  }
  return new ScanFault(`${wanted} is expected here and something else was found`, at);
}

/** The fault of a closing bracket at `at` that follows a comma. */
export function trailingComma(at: number): ScanFault {
  const message = "there is a comma after the last element; JSON allows none, remove it";
  return new ScanFault(message, at);
}

/** The fault of a byte below U+0020 inside a string. */
export function controlCharacter(at: number): ScanFault {
  const what = "a string holds a bare control character (a line break or a tab, say)";
  return new ScanFault(`${what}; write it as an escape such as \\n`, at);
}

/** The fault of a backslash before a letter that makes no escape. */
export function unknownEscape(at: number): ScanFault {
  const allowed = String.raw`\" \\ \/ \b \f \n \r \t \uXXXX`;
  return new ScanFault(`JSON has no such escape; allowed are ${allowed}`, at);
}

/** The fault of a file that ends where `wanted` should stand. */
export function cutOff(wanted: string, at: number): ScanFault {
  return new ScanFault(`the file ends too early: ${wanted} is missing; it may be cut off`, at);
}
