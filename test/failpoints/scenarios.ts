import { failpoints, stages, stageSteps, type Failpoint, type Stage } from "@cutover/engine";
import { calls, type CallName } from "./calls.ts";
import type { Action } from "./operations.ts";
import type { Deed, Dirt, Scenario } from "./scenario.ts";
import type { CollectionName } from "./subject.ts";

const mirrored = ["dualwrite", "shadow", "live", "rampdown"] as const satisfies readonly Stage[];
const callNames: readonly CallName[] = Object.keys(calls).filter((name): name is CallName =>
  Object.hasOwn(calls, name),
);
const seeds = [1, 2, 3, 4, 5];

function pointsOf(...parts: readonly string[]): Failpoint[] {
  return failpoints.filter((point) => parts.some((part) => point.startsWith(`${part}/`)));
}

/** Calls that write a collection as a whole are made where nobody else writes. */
const aloneIn: Readonly<Partial<Record<CallName, readonly CollectionName[]>>> = {
  clear: ["newest"],
  "replacement of everything": ["claimed"],
  "deletion of the expired": [],
};

/** Rows of the table: where, how it stands, what is done, and all moments to die at. */
interface Row {
  readonly stages: readonly Stage[];
  readonly dirt: Dirt;
  readonly deeds: readonly Deed[];
  readonly points: readonly Failpoint[];
  /** At which of its visits of the failpoint the victim dies. Default: the first. */
  readonly times?: readonly number[];
  readonly otherDrains?: boolean;
}

const operator = (action: Action): Deed => ({ as: "operator", action });

const rows: readonly Row[] = [
  // Writes, call by call.
  {
    stages: mirrored,
    dirt: "clean",
    deeds: callNames.map((call) => ({ as: "app", call })),
    points: pointsOf("write"),
  },
  // Where only one store is kept.
  {
    stages: ["off", "complete"],
    dirt: "clean",
    deeds: callNames.map((call) => ({ as: "app", call })),
    points: ["write/entered", "write/written"],
  },
  // Writes at random, on stores that differ already, while the other process drains.
  {
    stages: mirrored,
    dirt: "keys",
    deeds: seeds.map((seed) => ({ as: "app", seed })),
    points: pointsOf("write"),
    times: [9],
    otherDrains: true,
  },
  // The drain in the background of an application.
  {
    stages: mirrored,
    dirt: "keys",
    deeds: [
      { as: "app", call: "transaction that moves records" },
      { as: "app", call: "eviction of an expired owner" },
    ],
    points: pointsOf("drain"),
    times: [1, 3],
  },
  {
    stages: mirrored,
    dirt: "clean",
    deeds: [
      { as: "app", call: "clear" },
      { as: "app", call: "replacement of everything" },
    ],
    points: pointsOf("reconcile"),
  },
  // An operator who copies, at the beginning and later.
  {
    stages: ["dualwrite"],
    dirt: "uncopied",
    deeds: [operator("backfill")],
    points: pointsOf("reconcile", "backfill"),
  },
  {
    stages: ["dualwrite"],
    dirt: "uncopied",
    deeds: [operator("backfill")],
    points: pointsOf("reconcile"),
    times: [2, 3],
  },
  {
    stages: mirrored,
    dirt: "whole",
    deeds: [operator("backfill")],
    points: pointsOf("drain", "reconcile"),
  },
  {
    stages: mirrored,
    dirt: "keys",
    deeds: [operator("verify")],
    points: pointsOf("verify"),
  },
  {
    stages: mirrored,
    dirt: "lost",
    deeds: [operator("repair")],
    points: pointsOf("drain"),
  },
  // Every change of stage; those that change sides drain on the way.
  ...stageSteps.map(({ action, from }): Row => ({
    stages: [from],
    dirt: "clean",
    deeds: [operator(action)],
    points: pointsOf("stage"),
    // A way back compares first, and waits for what is marked.
    otherDrains: action === "reverse",
  })),
  ...stageSteps
    .filter(({ switches }) => switches)
    .map(({ action, from }): Row => ({
      stages: [from],
      dirt: "whole",
      deeds: [operator(action)],
      points: pointsOf("drain", "reconcile", "stage"),
    })),
];

function nameOf(deed: Deed): string {
  if (deed.as === "operator") return `an operator's ${deed.action}`;
  return "seed" in deed ? `a call of random run ${deed.seed}` : `an application's ${deed.call}`;
}

function aloneOf(deed: Deed): readonly CollectionName[] {
  if (deed.as === "operator") return [];
  return "seed" in deed ? ["newest"] : (aloneIn[deed.call] ?? []);
}

function scenarioOf(
  row: Row,
  stage: Stage,
  rest: Pick<Scenario, "deed" | "point" | "time">,
): Scenario {
  const { dirt, otherDrains = false } = row;
  const { deed, point, time } = rest;
  const often = time === 1 ? "" : `, time ${time}`;
  const title = `${stage} (${dirt}): ${nameOf(deed)} dies at ${point}${often}`;
  const alone = aloneOf(deed);
  return { title, stage, dirt, alone, otherDrains, losesMarks: false, ...rest };
}

/** What is left is drained by its marks after one half of the deaths, and found without them after the other. */
function losingMarks(scenario: Scenario, index: number): Scenario {
  const { mirror } = stages[scenario.stage];
  if (index % 2 === 0 || mirror === undefined || scenario.dirt === "uncopied") return scenario;
  return { ...scenario, title: `${scenario.title}, and marks are lost`, losesMarks: true };
}

function scenariosOf(row: Row): Scenario[] {
  const { times = [1] } = row;
  return row.stages.flatMap((stage) =>
    row.deeds.flatMap((deed) =>
      row.points.flatMap((point) =>
        times.map((time) => scenarioOf(row, stage, { deed, point, time })),
      ),
    ),
  );
}

/** Everything that a process can die in, everywhere. */
export const allScenarios: readonly Scenario[] = rows.flatMap(scenariosOf).map(losingMarks);

/** What a scenario shows that another one may show, too. */
function traitsOf({ deed, point, stage }: Scenario): string[] {
  if (deed.as === "operator") return [`operator ${point}`, `${deed.action} from ${stage}`];
  return "seed" in deed ? ["random"] : [`app ${point}`, deed.call, `app ${stage}`];
}

function firstOfEach(traits: (scenario: Scenario) => readonly string[]): Scenario[] {
  const shown = new Set<string>();
  return allScenarios.filter((scenario) => {
    const fresh = traits(scenario).filter((trait) => !shown.has(trait));
    for (const trait of fresh) shown.add(trait);
    return fresh.length > 0;
  });
}

/** As few scenarios as show every failpoint, for both kinds of victims, every action and every call. */
export function fewScenarios(): Scenario[] {
  return firstOfEach(traitsOf);
}

/** As few scenarios as show every failpoint, and every stage. */
export function fewestScenarios(): Scenario[] {
  return firstOfEach(({ point, stage }) => [point, stage]);
}
