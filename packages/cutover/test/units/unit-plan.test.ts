import { defineCollection } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { checkConfig } from "../../src/config/check-config.ts";
import { plannedUnits } from "../../src/units/unit-plan.ts";

const collections = ["models", "tags", "users", "logs"].map((name) => defineCollection({ name }));

function problemsOf(teams: unknown): string[] {
  return (checkConfig({ collections, teams }).problems ?? []).map(({ message }) => message);
}

describe("the units of a config", () => {
  it("are a team's collections one by one, those that go together as one, and all others alone", () => {
    const teams = {
      assets: { collections: ["models", "tags", "users"], together: [["tags", "models"]] },
    };
    const units = plannedUnits({ collections, teams }, "app/cutover.config.ts");
    expect(units.map(({ name, team }) => [name, team])).toEqual([
      ["assets/tags+models", "assets"],
      ["assets/users", "assets"],
      ["logs", undefined],
    ]);
    expect(units[0]?.configuredAt).toBe("`teams.assets` of app/cutover.config.ts");
  });
});

describe("the teams of a config", () => {
  it.each([
    [
      { a: { collections: ["model"] } },
      'names "model", which is no collection; did you mean `models`?',
    ],
    [{ a: { collections: ["tags"] }, b: { collections: ["tags"] } }, 'in the teams "a" and "b"'],
    [{ a: { collections: ["tags", "tags"] } }, 'twice in team "a"'],
    [{ a: { colections: ["tags"] } }, "did you mean `collections`?"],
    [{ a: {} }, "`teams.a.collections` must be an array"],
    [{ a: ["tags"] }, "`teams.a` must be an object"],
    [{ "a/b": { collections: [] } }, "a team's name has letters"],
    [{ a: { collections: ["tags"], together: [["tags", "users"]] } }, "no collection of this team"],
    [{ a: { collections: ["tags"], together: [["tags"], ["tags"]] } }, 'names "tags" twice'],
    [{ a: { collections: ["tags"], together: ["tags"] } }, "must be an array of arrays"],
    [[], "`teams` must be an object of teams"],
  ])("are refused as %j, saying what to do", (teams, words) => {
    expect(problemsOf(teams).join("\n")).toContain(words);
  });

  it("are accepted where each collection is in one of them, or in none", () => {
    expect(problemsOf({ a: { collections: ["tags"] }, b: { collections: ["models"] } })).toEqual(
      [],
    );
  });
});

describe("the settings of a cutover", () => {
  it.each([
    [{ freshMinutes: 0 }, "a number of minutes above 0"],
    [{ mostDirty: -1 }, "a whole number of records"],
    [{ stageRequest: "live" }, "a function"],
    [{ autoMigrate: { mostByte: 1 } }, "did you mean `mostBytes`?"],
    [{ freshMinute: 1 }, "did you mean `freshMinutes`?"],
  ])("are refused as %j", (cutover, words) => {
    const { problems = [] } = checkConfig({ collections, cutover });
    expect(problems.map(({ message }) => message).join("\n")).toContain(words);
  });
});
