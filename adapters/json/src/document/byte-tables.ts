import { ascii } from "./bytes.ts";

/** For each byte its place in `alphabet`, -1 for a byte that is not in it. */
function placesIn(alphabet: string): Int8Array {
  return Int8Array.from({ length: 128 }, (_, byte) =>
    byte < 0x20 ? -1 : alphabet.indexOf(String.fromCharCode(byte)),
  );
}

const lowerHex = placesIn("0123456789abcdef");
const upperHex = placesIn("0123456789ABCDEF");
const simpleEscapes = placesIn('"\\/bfnrt');

/** Value of a hexadecimal digit; -1 for any other byte. */
export function hexDigit(byte: number): number {
  return Math.max(lowerHex[byte] ?? -1, upperHex[byte] ?? -1);
}

/** True for a letter that may follow a backslash on its own. */
export function isSimpleEscape(byte: number): boolean {
  return (simpleEscapes[byte] ?? -1) >= 0;
}

/** True for `0` to `9`. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ascii.zero && byte <= ascii.nine;
}
