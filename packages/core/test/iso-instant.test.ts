import { describe, expect, test } from "vitest";
import { instantOf } from "@cutover/core";

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?$/;

/** What the form means, by a pattern and a `Date`: slow, but plain. */
function byPattern(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const numbers = match.slice(1, 7).map(Number);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (day < 1 || date.getUTCDate() !== day) return undefined;
  const milliseconds = Number((match[7] ?? ".0").slice(1, 4).padEnd(3, "0"));
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds;
}

const years = ["0000", "0001", "0099", "0400", "1900", "1970", "1999", "2000", "2024", "9999"];
const months = ["00", "01", "02", "04", "09", "12", "13"];
const days = ["00", "01", "09", "28", "29", "30", "31", "32"];

describe("instantOf() of ISO text agrees with a pattern and a Date", () => {
  test.each(years)("on all days of the year %s, also those there are not", (year) => {
    for (const month of months) {
      for (const day of days) {
        const text = `${year}-${month}-${day}T23:59:59.999`;
        expect([text, instantOf("iso-local", text)]).toEqual([text, byPattern(text)]);
      }
    }
  });

  test("on fractions of any length", () => {
    for (const fraction of [
      "",
      ".",
      ".0",
      ".9",
      ".05",
      ".123",
      ".1239",
      ".999999999",
      ".1x",
      ".",
    ]) {
      const text = `2025-11-29T10:00:00${fraction}`;
      expect([text, instantOf("iso-local", text)]).toEqual([text, byPattern(text)]);
    }
  });

  test("wherever one character is another one, is missing, or is there twice", () => {
    const text = "2025-11-29T10:00:00.123456";
    for (let at = 0; at <= text.length; at++) {
      const [before, after] = [text.slice(0, at), text.slice(at)];
      const others = Array.from("0369-:.TZt /\u0000\u0660\uff11").map(
        (other) => before + other + after.slice(1),
      );
      for (const changed of [...others, before + after.slice(1), `${before}0${after}`, before]) {
        expect([changed, instantOf("iso-local", changed)]).toEqual([changed, byPattern(changed)]);
        const zoned = instantOf("iso-utc", `${changed}Z`);
        expect([changed, zoned]).toEqual([changed, byPattern(changed)]);
      }
    }
  });
});
