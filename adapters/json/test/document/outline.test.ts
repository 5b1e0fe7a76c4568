import { describe, expect, test } from "vitest";
import { outline } from "../../src/document/index.ts";
import { catalog, errorOf } from "./samples.fixture.ts";

const see = (text: string): ReturnType<typeof outline> =>
  outline(Buffer.from(text), "records.json");

describe("outline()", () => {
  test("tells the members of a wrapper, and which members could be the key", () => {
    expect(see(`\ufeff${catalog}`)).toMatchObject({
      kind: "object",
      count: 4,
      holdsObjects: false,
      members: [
        { name: "version", kind: "string", count: 0 },
        { name: "updated_at", kind: "string" },
        { name: "models", kind: "array", count: 2, holdsObjects: true, keyMembers: ["filename"] },
        { name: "tail", kind: "object", count: 2, holdsObjects: false },
      ],
    });
  });

  test("offers only text members that every element has and none repeats", () => {
    const text = '[{"a": "1", "b": "x", "c": 1, "d": "p"}, {"a": "2", "b": "x", "c": 2}]';
    expect(see(text)).toMatchObject({ kind: "array", count: 2, keyMembers: ["a"], members: [] });
    expect(see("[]")).toMatchObject({ count: 0, holdsObjects: false, keyMembers: [] });
    expect(see('[{"a": "1"}, 2]')).toMatchObject({ holdsObjects: false, keyMembers: [] });
  });

  test("keeps file order, and refuses what is broken", () => {
    expect(see('{"b": {}, "2": {}, "1": {}}').members.map((member) => member.name)).toEqual([
      "b",
      "2",
      "1",
    ]);
    expect(errorOf(() => see('{"a": NaN}'))?.details.position).toMatchObject({
      offset: 6,
      path: "$.a",
    });
  });
});
