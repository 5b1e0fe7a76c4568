import { isUtf8 } from "node:buffer";
import { ScanFault } from "./fault.ts";

/** Bytes checked at once when looking for the first bad one. */
const blockBytes = 65_536;

/** The fault of a file that is not UTF-8 from `offset` on. */
export function notUtf8(offset: number): ScanFault {
  return new ScanFault("these bytes are not UTF-8; save the file as UTF-8", offset);
}

/** Length that the first byte of a character announces; 0 for a byte that can begin none. */
function announcedBytes(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

/** How many bytes at the end of `bytes` begin a character that is not all there yet; 0 to 3. */
export function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return announcedBytes(byte) > back ? back : 0;
  }
  return 0;
}

/** Offset of the first byte that is not valid UTF-8; -1 when all are. */
export function firstInvalidByte(bytes: Uint8Array): number {
  if (isUtf8(bytes)) return -1;
  let start = 0;
  for (;;) {
    const block = bytes.subarray(start, start + blockBytes);
    const isLast = start + blockBytes >= bytes.length;
    const whole = isLast ? block : block.subarray(0, block.length - unfinishedBytes(block));
    if (!isUtf8(whole)) return start + firstInvalidOf(whole);
    if (isLast) return -1;
    start += whole.length;
  }
}

function firstInvalidOf(block: Uint8Array): number {
  let at = 0;
  while (at < block.length) {
    const size = announcedBytes(block[at] ?? 0);
    if (size === 0 || at + size > block.length) return at;
    if (size > 1 && !isUtf8(block.subarray(at, at + size))) return at;
    at += size;
  }
  return at;
}
