import {
  blockersOf,
  stageSteps,
  type ActionOptions,
  type Operator,
  type Stage,
  type StageAction,
  type StageChange,
  type Unit,
} from "@cutover/engine";
import type { Answer } from "../output/answer.ts";
import { isNamed } from "../units/select-units.ts";
import { gatePorts } from "../units/unit-operator.ts";
import type { ProjectUnit } from "../units/unit-plan.ts";
import { withFolder } from "./unit-command.ts";
import { refusedOutcome, type UnitOutcome } from "./unit-outcome.ts";
import type { UnitSession, UnitTarget } from "./unit-session.ts";

/** Which action a verb means, by the stage a unit is at. */
export type StageActions = Readonly<Partial<Record<Stage, StageAction>>>;

type Act = (unit: Unit, options: ActionOptions) => Promise<StageChange>;

function actOf(operator: Operator, action: StageAction): Act {
  const acts: Readonly<Record<StageAction, Act>> = {
    start: (...call) => operator.start(...call),
    advance: (...call) => operator.advance(...call),
    switch: (...call) => operator.switch(...call),
    reverse: (...call) => operator.reverse(...call),
    "ramp down": (...call) => operator.rampDown(...call),
    complete: (...call) => operator.complete(...call),
    "step back": (...call) => operator.stepBack(...call),
    cancel: (...call) => operator.cancel(...call),
  };
  return acts[action];
}

/** Refuses a command none of whose units is where it begins. */
export function nothingToDo(
  verb: string,
  outcomes: readonly UnitOutcome[],
  { target }: UnitTarget,
): Answer | undefined {
  if (outcomes.some(({ outcome }) => outcome !== "skipped")) return undefined;
  const where = outcomes.map(({ unit, from }) => `${unit} (${from})`).join(", ");
  const message =
    outcomes.length === 0
      ? "no unit was chosen"
      : `no unit is at a stage from which ${verb} leads on: ${where}`;
  return {
    ok: false,
    canAdvance: false,
    blockedBy: [{ code: "STAGE_REFUSED", message }],
    reversible: outcomes.every(({ from }) => from !== "complete"),
    nextSteps: [`cutover status ${target.word}`],
    exitCode: 4,
    details: { folder: target.folder, units: outcomes },
  };
}

/** What becomes of units that are not where a verb begins. */
export interface ChangeOptions {
  /** What is tried, and refused, for those that were named. */
  readonly fallback: StageAction;
  /** Skip those that were named, too. Default: false. */
  readonly skipsOthers?: boolean;
}

/** Takes one action for each of the chosen units that are where it begins; the others are told. */
export async function changeStages(
  units: UnitSession,
  actions: StageActions,
  options: ChangeOptions,
): Promise<UnitOutcome[]> {
  const outcomes: UnitOutcome[] = [];
  for (const unit of units.chosen) {
    units.session.signal.throwIfAborted();
    outcomes.push(await changeOne(units, unit, { ...options, actions }));
  }
  return outcomes;
}

async function changeOne(
  units: UnitSession,
  unit: ProjectUnit,
  verb: ChangeOptions & { readonly actions: StageActions },
): Promise<UnitOutcome> {
  const { operator, flags, session, target } = units;
  const { stage: from, epoch } = await operator.record(unit);
  const action = verb.actions[from];
  const at = { unit: unit.name, from, epoch };
  if (action === undefined && (verb.skipsOthers === true || !isNamed(flags)))
    return { ...at, outcome: "skipped", to: from, ...fine };
  try {
    if (flags.dryRun === true && action !== undefined) return await rehearsed(units, unit, action);
    const { reason, force = false } = flags;
    const act = actOf(operator, action ?? verb.fallback);
    const change = await act(unit, { reason, force, signal: session.signal });
    const { after, frozenMs } = change;
    return { ...at, outcome: "done", to: after.stage, ...fine, epoch: after.epoch, frozenMs };
  } catch (error) {
    return refusedOutcome(error, at, target.word);
  }
}

const fine = { blockedBy: [], exitCode: 0 } as const;

/** What a unit's change would come to. */
export async function rehearsed(
  { operator, stores, flags, target }: UnitSession,
  unit: ProjectUnit,
  action: StageAction,
): Promise<UnitOutcome> {
  const record = await operator.record(unit);
  const ports = gatePorts(stores, target.project.config.cutover);
  const { stage: from, epoch } = record;
  const to = stageSteps.find((step) => step.from === from && step.action === action)?.to ?? from;
  const closed = flags.force === true ? [] : await blockersOf(ports, record, action);
  const at = { unit: unit.name, from, epoch };
  if (closed.length === 0) return { ...at, outcome: "would", to, ...fine };
  const remedy = closed.find((blocker) => blocker.remedy !== undefined)?.remedy;
  return {
    ...at,
    outcome: "refused",
    to: from,
    blockedBy: closed.map(({ code, message }) => ({ code, message })),
    exitCode: 4,
    nextStep:
      remedy === undefined
        ? undefined
        : withFolder(`cutover ${remedy} --unit ${unit.name}`, target.word),
  };
}
