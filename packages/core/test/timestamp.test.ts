import { describe, expect, test } from "vitest";
import { bucketOf, instantOf, presentFor } from "@cutover/core";

describe("instantOf()", () => {
  test.each([
    ["2025-11-29T10:00:00Z", 1_764_410_400_000],
    ["2025-11-29T10:00:00.123456Z", 1_764_410_400_123],
    ["2025-11-29T10:00:00.9999Z", 1_764_410_400_999],
    ["0000-01-01T00:00:00Z", -62_167_219_200_000],
    ["2024-02-29T23:59:59Z", 1_709_251_199_000],
  ])("reads %s", (text, expected) => {
    expect(instantOf("iso-utc", text)).toBe(expected);
    expect(instantOf("iso-local", text.slice(0, -1))).toBe(expected);
  });

  test.each([
    "2025-02-29T00:00:00Z",
    "2025-13-01T00:00:00Z",
    "2025-00-10T00:00:00Z",
    "2025-01-00T00:00:00Z",
    "2025-01-01T24:00:00Z",
    "2025-01-01T00:60:00Z",
    "2025-01-01T00:00:60Z",
    "2025-01-01 00:00:00Z",
    "2025-01-01T00:00:00.Z",
    "2025-01-01T00:00:00+00:00",
    " 2025-01-01T00:00:00Z",
    "",
  ])("does not read %j", (text) => {
    expect(instantOf("iso-utc", text)).toBeUndefined();
  });

  test("a form does not read the other forms", () => {
    expect(instantOf("iso-utc", "2025-11-29T10:00:00")).toBeUndefined();
    expect(instantOf("iso-local", "2025-11-29T10:00:00Z")).toBeUndefined();
    expect(instantOf("epoch-s", "1764410400")).toBeUndefined();
    expect(instantOf("iso-utc", 1_764_410_400)).toBeUndefined();
  });

  test("epochs are cut to whole milliseconds and bounded to the years 0 to 9999", () => {
    expect(instantOf("epoch-s", 1_795_352_962.757_865)).toBe(1_795_352_962_757);
    expect(instantOf("epoch-ms", -0.5)).toBe(-1);
    expect(instantOf("epoch-s", 253_402_300_799.999)).toBe(253_402_300_799_999);
    expect(instantOf("epoch-s", 253_402_300_800)).toBeUndefined();
    expect(instantOf("epoch-ms", -62_167_219_200_001)).toBeUndefined();
  });
});

test("buckets name the year, month, day and hour", () => {
  const instant = Date.UTC(2025, 10, 29, 10, 59);
  expect(bucketOf("year", instant)).toBe("2025");
  expect(bucketOf("month", instant)).toBe("2025-11");
  expect(bucketOf("day", instant)).toBe("2025-11-29");
  expect(bucketOf("hour", instant)).toBe("2025-11-29T10");
});

test("the present of a wall clock is the local time read as if it were UTC", () => {
  const now = Date.now();
  const wall = new Date(now - new Date(now).getTimezoneOffset() * 60_000)
    .toISOString()
    .slice(0, -1);
  expect(presentFor("iso-local", now)).toBe(instantOf("iso-local", wall));
  expect(presentFor("iso-utc", now)).toBe(now);
});
