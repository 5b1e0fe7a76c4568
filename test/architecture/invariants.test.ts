import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const rows = readFileSync(join(root, "docs/invariants.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && line.includes("`"))
  .map((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const files = [...(cells.at(-2) ?? "").matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file);
    return { name: cells[1] ?? "", files };
  });

describe("docs/invariants.md", () => {
  test("names every invariant of a cutover once, and what goes wrong", () => {
    const numbers = rows.map(({ name }) => name).filter((name) => /^\d+$/.test(name));
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)));
    expect(rows.length).toBeGreaterThanOrEqual(30);
  });

  test.each(rows)("the tests that hold $name are there, and are run", ({ files }) => {
    expect(files).not.toEqual([]);
    expect(files.filter((file) => !file.endsWith(".test.ts"))).toEqual([]);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});
