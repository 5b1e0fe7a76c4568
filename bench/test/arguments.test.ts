import { expect, test } from "vitest";
import { parseArguments } from "../src/arguments.ts";

const known = ["1", "2", "plan"];

test("without arguments all rows run, as a table", () => {
  const { quick, rows, format } = parseArguments([], known);
  expect({ quick, rows, format }).toEqual({ quick: false, rows: undefined, format: "terminal" });
});

test("rows are separated by commas", () => {
  expect(parseArguments(["--rows", "1, plan"], known).rows).toEqual(["1", "plan"]);
});

test("a row that does not exist is refused with those that do", () => {
  expect(() => parseArguments(["--rows", "1,99"], known)).toThrow(
    'no row "99"; there are 1, 2, plan',
  );
});

test("a mistyped option is refused", () => {
  expect(() => parseArguments(["--quik"], known)).toThrow(TypeError);
});
