import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const run = [
  "{packages,adapters,examples}/*/src/**/*.ts",
  "{contract-tests,fixtures,bench,demo}/src/**/*.ts",
  "scripts/*.ts",
  "**/*.fixture.ts",
];
const declares = /^\s*(?:await )?using \w+\s*=/m;

test("no file that Node runs directly declares with `using`, which Node 22 cannot parse", () => {
  const files = globSync(run, { cwd: root, exclude: (name) => name === "node_modules" });
  expect(files.length).toBeGreaterThan(300);
  const found = files.filter((file) => declares.test(readFileSync(join(root, file), "utf8")));
  expect(found).toEqual([]);
  expect(declares.test("  await using storage = await open();")).toBe(true);
});
