const dash = 0x2d;
const colon = 0x3a;
const letterT = 0x54;
const letterZ = 0x5a;
const secondsEnd = 19;
const point = 0x2e;
const zero = 0x30;
/** What the digits of a fraction are worth in milliseconds; all others are cut off. */
const units = [100, 10, 1] as const;
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
/** Days of a year without a 29 February that lie before each month. */
const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;
/** Days from 0000-01-01 to 1970-01-01. */
const epochDay = 719_528;
const dayMs = 86_400_000;

/** What stands for no number: far below whatever is added to it. Unlike NaN it is a small integer. */
const none = -1_000_000;

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - zero;
  const ones = text.charCodeAt(at + 1) - zero;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : none;
}

function isSeparated(text: string): boolean {
  return (
    text.charCodeAt(4) === dash &&
    text.charCodeAt(7) === dash &&
    text.charCodeAt(10) === letterT &&
    text.charCodeAt(13) === colon &&
    text.charCodeAt(16) === colon
  );
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year: number, month: number): number {
  return (monthDays[month - 1] ?? NaN) + (month === 2 && isLeap(year) ? 1 : 0);
}

/** Whole milliseconds of the fraction between the seconds and `end`; negative when it is none. */
function fractionMs(text: string, end: number): number {
  if (end === secondsEnd) return 0;
  if (text.charCodeAt(secondsEnd) !== point || end === secondsEnd + 1) return none;
  let milliseconds = 0;
  for (let at = secondsEnd + 1, places = 0; at < end; at++, places++) {
    const value = text.charCodeAt(at) - zero;
    if (value < 0 || value > 9) return none;
    milliseconds += value * (units[places] ?? 0);
  }
  return milliseconds;
}

/** Days since 1970 of a day from the year 0 on; there is no call of `Date` that takes no longer. */
function dayOf(year: number, month: number, day: number): number {
  const leapYears = Math.ceil(year / 4) - Math.ceil(year / 100) + Math.ceil(year / 400);
  const inYear = (daysBefore[month - 1] ?? NaN) + (month > 2 && isLeap(year) ? 1 : 0);
  return year * 365 + leapYears + inYear + day - 1 - epochDay;
}

/**
 * The instant of `2025-11-29T10:00:00.123` in milliseconds, read as UTC, with any number of digits
 * in the fraction. Looks at code units only: every timestamp of every record that is written comes
 * through here, and a pattern with a `Date` takes ten times as long.
 *
 * @param zone what must follow
 * @returns undefined when the text is not of that form or names a day or time there is not
 */
export function isoInstant(text: string, zone: "Z" | ""): number | undefined {
  const end = text.length - zone.length;
  if (end < secondsEnd || !isSeparated(text)) return undefined;
  if (zone === "Z" && text.charCodeAt(end) !== letterZ) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const milliseconds = fractionMs(text, end);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return undefined;
  if (milliseconds < 0) return undefined;
  const time = ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds;
  return dayOf(year, month, day) * dayMs + time;
}
