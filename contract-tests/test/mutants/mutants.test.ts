import { expect, test } from "vitest";
import { mutants } from "../../src/mutants/mutants.ts";

test("every mutant has a name of its own and says what it breaks", () => {
  const names = mutants.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, breaks } of mutants) {
    expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(breaks.length).toBeGreaterThan(10);
  }
});
