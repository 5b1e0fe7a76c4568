const pad = (value: number, digits: number): string => String(value).padStart(digits, "0");

function wallClock(timeMs: number): string {
  const at = new Date(timeMs);
  const date = [pad(at.getFullYear(), 4), pad(at.getMonth() + 1, 2), pad(at.getDate(), 2)];
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => pad(part, 2));
  return `${date.join("-")}T${time.join(":")}`;
}

/** The clock on the wall to the second, `2025-11-29T10:00:00`. */
export function localSeconds(timeMs: number): string {
  return wallClock(timeMs);
}

/**
 * The clock on the wall as Python's `isoformat()` prints it: six digits behind the second, and no
 * fraction at all where it is zero.
 */
export function localMicroseconds(timeMs: number): string {
  const micros = Math.round((timeMs - Math.floor(timeMs / 1000) * 1000) * 1000);
  // A fraction that rounds up to a whole second stays below it.
  const fraction = Math.min(micros, 999_999);
  return fraction === 0 ? wallClock(timeMs) : `${wallClock(timeMs)}.${pad(fraction, 6)}`;
}
