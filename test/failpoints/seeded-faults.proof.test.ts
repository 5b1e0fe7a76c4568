import { afterAll, describe, expect, it } from "vitest";
import type { Fault } from "./fault.ts";
import { Lanes } from "./lanes.ts";
import { commandOf, type Scenario } from "./scenario.ts";

const lanes = new Lanes(2, { deadlines: { victimMs: 60_000, restMs: 60_000 } });
const impatient = new Lanes(1, { deadlines: { victimMs: 2000, restMs: 60_000 } });

afterAll(async () => {
  await lanes.end();
  await impatient.end();
});

const usual = {
  title: "the examination notices",
  stage: "dualwrite",
  dirt: "clean",
  deed: { as: "app", call: "insert" },
  point: "write/written",
  time: 1,
  alone: [],
  otherDrains: false,
  losesMarks: false,
} as const satisfies Scenario;

type Seeded = readonly [fault: Fault, scenario: Partial<Scenario>, complaint: string];

/** Each shows where the protocol's weakening becomes visible in the files. */
const seeded: readonly Seeded[] = [
  ["no intent is recorded", {}, "what no mark covers"],
  [
    "marks are cleared before the mirror is written",
    { dirt: "keys", point: "drain/read" },
    "what no mark covers",
  ],
  [
    "a switch drains nothing",
    {
      stage: "shadow",
      dirt: "keys",
      deed: { as: "operator", action: "switch" },
      point: "stage/committed",
    },
    "calls of",
  ],
  [
    "a stage is changed without its row in the audit",
    { deed: { as: "operator", action: "advance" }, point: "stage/committed" },
    "an epoch for each change in the audit",
  ],
  ["a call is acknowledged before it is made", { point: "write/marked" }, "calls of victim"],
];

describe.concurrent("the examination notices", () => {
  it.each(seeded)("that %s", async (fault, own, complaint) => {
    const scenario = { ...usual, ...own, title: `that ${fault}`, fault };
    await expect(lanes.run(scenario)).rejects.toThrow(complaint);
  });

  it("nothing where the same processes die without a fault", async () => {
    const scenarios = seeded.map(([, own]) => ({ ...usual, ...own }));
    const examined = await Promise.all(scenarios.map((scenario) => lanes.run(scenario)));
    expect(examined.map(({ hit }) => hit)).toEqual(scenarios.map(({ point }) => point));
  });

  it("that a process never came to its failpoint", async () => {
    const deed = { as: "operator", action: "verify" } as const;
    await expect(lanes.run({ ...usual, deed })).rejects.toThrow("the victim ended with code 3");
  });

  it("that a process does not come back: it is killed, and the complaint tells how to see it again", async () => {
    const scenario: Scenario = { ...usual, fault: "a process spins for ever" };
    const complaint = impatient.run(scenario);
    await expect(complaint).rejects.toThrow(/the victim took longer than 2000 ms.*was killed/);
    await expect(complaint).rejects.toThrow(commandOf(scenario));
  });
});
