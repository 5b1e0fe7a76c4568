/** How far a unit has come. The names are those of LaunchDarkly's migration stages. */
export type Stage = "off" | "dualwrite" | "shadow" | "live" | "rampdown" | "complete";

/** One of the two stores of a hop. */
export type Side = "old" | "new";

/** What a stage means. */
export interface StageRow {
  /** The store that answers and acknowledges. */
  readonly authority: Side;
  /** The store that is kept equal to it. */
  readonly mirror: Side | undefined;
  /** Whether sampled reads are compared with the mirror. */
  readonly compares: boolean;
  /** What this means, in the words of `status`. */
  readonly meaning: string;
}

/** All stages, in the order of the way. */
export const stages: Readonly<Record<Stage, StageRow>> = {
  off: { authority: "old", mirror: undefined, compares: false, meaning: "not begun" },
  dualwrite: { authority: "old", mirror: "new", compares: false, meaning: "both written" },
  shadow: { authority: "old", mirror: "new", compares: true, meaning: "both read and compared" },
  live: { authority: "new", mirror: "old", compares: true, meaning: "the new store in charge" },
  rampdown: { authority: "new", mirror: "old", compares: false, meaning: "last chance to go back" },
  complete: {
    authority: "new",
    mirror: undefined,
    compares: false,
    meaning: "the old store retired",
  },
};

/** What moves a unit from one stage to another. */
export type StageAction =
  | "start"
  | "advance"
  | "switch"
  | "reverse"
  | "ramp down"
  | "complete"
  | "step back"
  | "cancel";

/** One allowed change of stage. */
export interface StageStep {
  readonly action: StageAction;
  readonly from: Stage;
  readonly to: Stage;
  /** The authority changes sides: nothing may be dirty when it does. */
  readonly switches: boolean;
  /** The mirror begins anew: everything has to be copied. */
  readonly backfills: boolean;
}

const step = (
  action: StageAction,
  from: Stage,
  to: Stage,
  rest: Partial<Pick<StageStep, "switches" | "backfills">> = {},
): StageStep => ({ action, from, to, switches: false, backfills: false, ...rest });

/** All changes of stage there are: neighbours, and the way back from where the new store answers. */
export const stageSteps: readonly StageStep[] = [
  step("start", "off", "dualwrite", { backfills: true }),
  step("advance", "dualwrite", "shadow"),
  step("switch", "shadow", "live", { switches: true }),
  step("ramp down", "live", "rampdown"),
  step("complete", "rampdown", "complete"),
  step("reverse", "live", "shadow", { switches: true }),
  step("reverse", "rampdown", "shadow", { switches: true }),
  step("step back", "shadow", "dualwrite"),
  step("cancel", "shadow", "off"),
  step("cancel", "dualwrite", "off"),
];

/** The step of an action from a stage, or undefined where there is none. */
export function stepFrom(stage: Stage, action: StageAction): StageStep | undefined {
  return stageSteps.find((row) => row.from === stage && row.action === action);
}

/** True while everything can be taken back without losing anything. */
export function isReversible(stage: Stage): boolean {
  return stage !== "complete";
}
