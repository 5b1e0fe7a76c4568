/** The present at the start of a sequence, in milliseconds since 1970. */
export const modelStartMs: number = Date.UTC(2026, 2, 14, 9, 26, 53, 500);

const two = (number: number): string => String(number).padStart(2, "0");

/** An instant as the clock on this machine's wall shows it, without a zone. */
export function wallClock(atMs: number): string {
  const date = new Date(atMs);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${day}T${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
