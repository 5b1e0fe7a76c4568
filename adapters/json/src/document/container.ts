import { ascii } from "./bytes.ts";
import { decodeText } from "./names.ts";
import { stringEnd } from "./path.ts";
import { Scanner } from "./scanner.ts";

/** One member or element of a container, as offsets of the container's bytes. */
export interface ContainerItem {
  /** The member's name; undefined in an array. */
  readonly name: string | undefined;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** The items of the container that `bytes` holds, brackets included; the bytes were scanned before. */
export function containerItems(bytes: Buffer): ContainerItem[] {
  const scanner = new Scanner();
  scanner.load(bytes, true);
  const isObject = bytes[0] === ascii.openBrace;
  const items: ContainerItem[] = [];
  let at = scanner.space(1);
  while (at < bytes.length - 1) {
    const nameEnd = isObject ? stringEnd(bytes, at, bytes.length) : at;
    const name = isObject ? decodeText(bytes, at, nameEnd) : undefined;
    const valueStart = isObject ? scanner.colon(nameEnd) : at;
    const end = scanner.value(valueStart);
    items.push({ name, start: at, valueStart, end });
    at = scanner.space(end);
    if (bytes[at] === ascii.comma) at = scanner.space(at + 1);
  }
  return items;
}
