import { describe, expect, test } from "vitest";
import { median, quantile, ratioOf, spreadOf } from "../src/stats.ts";

describe("median and quantile", () => {
  test("the median of an odd number of values is the one in the middle, in any order", () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test("the median of an even number of values lies between the two in the middle", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test("numbers are ordered as numbers, not as text", () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  test("the quantiles of 0 and 1 are the least and the greatest value", () => {
    expect([quantile([3, 1, 2], 0), quantile([3, 1, 2], 1)]).toEqual([1, 3]);
  });

  test("the 99th percentile of 0 to 100 is 99", () => {
    expect(
      quantile(
        Array.from({ length: 101 }, (_, index) => index),
        0.99,
      ),
    ).toBe(99);
  });

  test("a quantile leaves the list as it was", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test("there is no quantile of nothing, and none beyond 1", () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => quantile([1], 1.01)).toThrow(RangeError);
    expect(() => quantile([1], NaN)).toThrow(RangeError);
  });
});

describe("ratioOf", () => {
  test("one disturbed round that hits both sides alike does not move the ratio", () => {
    expect(ratioOf([10, 10, 1000], [20, 20, 2000])).toBe(0.5);
  });

  test("it is the median of the rounds' own ratios, not the ratio of the medians", () => {
    // Ratios 1, 2 and 4; the medians 4 and 3 would give 1.33.
    expect(ratioOf([4, 2, 40], [4, 1, 10])).toBe(2);
  });

  test("lists of different lengths are refused", () => {
    expect(() => ratioOf([1, 2], [1])).toThrow(RangeError);
  });
});

test("rounds that all agree have no spread, and the spread is relative to the median", () => {
  expect(spreadOf([7, 7, 7])).toBe(0);
  expect(spreadOf([80, 90, 100, 110, 120])).toBeCloseTo(0.1);
  expect(spreadOf([8, 9, 10, 11, 12])).toBeCloseTo(0.1);
});
