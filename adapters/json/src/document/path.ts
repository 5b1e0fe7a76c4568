import { ascii } from "./bytes.ts";
import { decodeText } from "./names.ts";

/** One open container on the way to a place in a document. */
export interface PathFrame {
  readonly isArray: boolean;
  /** The member or element the way goes through; undefined before a member's name is known. */
  step: string | number | undefined;
}

const identifier = /^[A-Za-z_$][\w$]*$/;

function renderStep(step: string | number): string {
  if (typeof step === "number") return `[${step}]`;
  return identifier.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

/** `$.models[3].url`; members that are no identifiers as `$["a b"]`. */
export function renderPath(steps: readonly (string | number | undefined)[]): string {
  let path = "$";
  for (const step of steps) if (step !== undefined) path += renderStep(step);
  return path;
}

/** Offset behind the string whose quote is at `start`, or -1 when it does not end before `limit`. */
export function stringEnd(bytes: Uint8Array, start: number, limit: number): number {
  for (let at = start + 1; at < limit; at += 1) {
    if (bytes[at] === ascii.backslash) at += 1;
    else if (bytes[at] === ascii.quote) return at + 1;
  }
  return -1;
}

function enter(frames: PathFrame[], byte: number): void {
  const top = frames.at(-1);
  if (byte === ascii.openBrace) frames.push({ isArray: false, step: undefined });
  else if (byte === ascii.openBracket) frames.push({ isArray: true, step: 0 });
  else if (byte === ascii.closeBrace || byte === ascii.closeBracket) frames.pop();
  else if (byte === ascii.comma && top !== undefined) {
    top.step = typeof top.step === "number" ? top.step + 1 : undefined;
  }
}

/**
 * The way to the byte at `to`, found by walking from `from`, where `frames` are open. Done only
 * when there is something to report, so that scanning itself need not keep track.
 */
export function pathTo(
  bytes: Buffer,
  range: { readonly from: number; readonly to: number },
  open: readonly PathFrame[] = [],
): (string | number | undefined)[] {
  const frames = open.map((frame) => ({ ...frame }));
  let at = range.from;
  while (at < range.to) {
    const byte = bytes[at] ?? 0;
    if (byte !== ascii.quote) {
      enter(frames, byte);
      at += 1;
      continue;
    }
    const end = stringEnd(bytes, at, range.to);
    if (end < 0) break;
    const top = frames.at(-1);
    if (top !== undefined && top.step === undefined) top.step = decodeText(bytes, at, end);
    at = end;
  }
  return frames.map((frame) => frame.step);
}
