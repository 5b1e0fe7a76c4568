import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/output/error-report.ts";
import { isOnRamp } from "../../src/units/ramp.ts";
import { selectUnits } from "../../src/units/select-units.ts";
import type { ProjectUnit } from "../../src/units/unit-plan.ts";

const units: ProjectUnit[] = Array.from({ length: 200 }, (_, index) => ({
  name: `${index % 2 === 0 ? "even" : "odd"}/collection-${index}`,
  team: index % 2 === 0 ? "even" : "odd",
  collections: [],
}));
const namesOf = (ramp: string): string[] => selectUnits(units, { ramp }).map(({ name }) => name);

describe("a ramp", () => {
  it("only ever adds units when it is raised", () => {
    const percent = fc.double({ min: 0, max: 100, noNaN: true });
    const only = fc.property(percent, percent, fc.string(), (one, other, unit) => {
      const [low, high] = one < other ? [one, other] : [other, one];
      return !isOnRamp(unit, low) || isOnRamp(unit, high);
    });
    expect(fc.check(only).failed).toBe(false);
  });

  it("takes about its share, none at 0 and all at 100", () => {
    expect(namesOf("0")).toEqual([]);
    expect(namesOf("100%")).toHaveLength(200);
    expect(namesOf("25").length).toBeGreaterThan(25);
    expect(namesOf("25").length).toBeLessThan(75);
  });

  it("takes the same units however many others there are", () => {
    const few = selectUnits(units.slice(0, 50), { ramp: "40" }).map(({ name }) => name);
    const some = new Set(units.slice(0, 50).map(({ name }) => name));
    expect(namesOf("40").filter((name) => some.has(name))).toEqual(few);
  });

  it.each(["", "half", "-1", "101"])("of %j is refused", (ramp) => {
    expect(() => namesOf(ramp)).toThrow(UsageError);
  });
});

describe("a choice of units", () => {
  it("keeps to the team, and to the units named", () => {
    expect(selectUnits(units, { team: "odd" })).toHaveLength(100);
    expect(selectUnits(units, { unit: ["odd/collection-1"] })).toEqual([units[1]]);
  });

  it("names what was most likely meant", () => {
    expect(() => selectUnits(units, { team: "ood" })).toThrow("did you mean `odd`?");
    expect(() => selectUnits(units, { unit: ["even/colection-4"] })).toThrow("did you mean");
    expect(() => selectUnits([], { team: "odd" })).toThrow(
      /^there is no team "odd"; none is defined$/,
    );
  });
});
