import fc from "fast-check";
import { expect, test } from "vitest";
import { KeySet } from "../../src/document/key-set.ts";

test("tells repeated keys from new ones as a Set of strings does", () => {
  const key = fc.oneof(
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom("", "a", "A", "é", "e\u0301"),
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
      const [ours, exact] = [new KeySet(), new Set<string>()];
      for (const one of keys) {
        const isNew = !exact.has(one);
        exact.add(one);
        expect(ours.add(one)).toBe(isNew);
      }
    }),
  );
});

test("takes no two of a million keys alike for one another", () => {
  const keys = new KeySet();
  let refused = 0;
  for (let index = 0; index < 1_000_000; index += 1)
    if (!keys.add(`model_${index}.safetensors`)) refused += 1;
  expect(refused).toBe(0);
  expect(keys.add("model_999999.safetensors")).toBe(false);
});

test("keys that differ in one place, or only in length, are different", () => {
  const keys = new KeySet();
  const [unit, longest] = ["ab".repeat(500), 1000];
  for (let length = 0; length <= longest; length += 1)
    expect(keys.add(unit.slice(0, length))).toBe(true);
  for (let at = 0; at < longest; at += 1) {
    expect(keys.add(`${unit.slice(0, at)}#${unit.slice(at + 1)}`)).toBe(true);
  }
});
