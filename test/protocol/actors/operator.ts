import type { Context } from "../context.ts";
import { type DrainProgress, emitDrainSteps, everythingMarked, newWork } from "../drain-work.ts";
import { at, type ModelState, type OperatorState } from "../model-state.ts";
import { routes, type StageChange, switches } from "../stage.ts";
import type { Weakening } from "../weakening.ts";
import { orphansSettled } from "./recovery.ts";

/** An operator that is about to take a step, with the change it is at. */
interface Turn {
  readonly context: Context;
  readonly index: number;
  readonly operator: OperatorState;
  readonly change: StageChange;
}

/** The name of an operator, as lock holder and in traces. */
export const operatorName = (index: number): string => `operator ${index + 1}`;

function moved(state: ModelState, index: number, change: Partial<OperatorState>): ModelState {
  return { ...state, operators: at(state.operators, index, change) };
}

/** Lets go of everything and forgets everything: at the end, when giving up, and when dying. */
export function released(state: ModelState, index: number): ModelState {
  const name = operatorName(index);
  const next = moved(state, index, { step: "idle", change: undefined, epoch: 0, work: undefined });
  return {
    ...next,
    drainLock: state.drainLock === name ? "" : state.drainLock,
    exclusive: state.exclusive === name ? "" : state.exclusive,
  };
}

const tooEarly = "operator reads the stage before the locks";
const tooLate = "operator drains before it looks at the stage again";
const early: readonly (Weakening | undefined)[] = [tooEarly, tooLate];
const lockless: readonly (Weakening | undefined)[] = ["switch without the drain lock", ...early];

function emitBegin({ state, configuration, weakening, emit }: Context, index: number): void {
  const operator = state.operators[index];
  const locked = !lockless.includes(weakening);
  if (operator === undefined || operator.left === 0) return;
  if (locked && state.drainLock !== "") return;
  const drainLock = locked ? operatorName(index) : state.drainLock;
  for (const change of configuration.changes) {
    if (change.from !== state.stage) continue;
    const begun = { step: "lock", change, epoch: state.epoch, left: operator.left - 1 } as const;
    const next = moved({ ...state, drainLock }, index, begun);
    const what = locked ? "takes the drain lock" : "begins";
    emit(operatorName(index), `${change.from} → ${change.to}: ${what}`, next);
  }
}

function emitLock({ context: { state, weakening, emit }, index }: Turn): void {
  const name = operatorName(index);
  emit(name, "does not get the writers lock in time, gives up", released(state, index));
  const late = early.includes(weakening);
  if (late && state.drainLock !== "") return;
  const drainLock = late ? name : state.drainLock;
  const next = moved({ ...state, drainLock }, index, { step: "settle" });
  if (weakening === "switch without the writers lock") emit(name, "goes on without it", next);
  else if (state.exclusive === "" && state.sharing.length === 0)
    emit(name, "takes the writers lock exclusively", { ...next, exclusive: name });
}

function stepAfterSettling({ context: { weakening }, change }: Turn): OperatorState["step"] {
  if (change.from === "off" && weakening !== "start marks after its commit") return "mark";
  const drains = switches(change) && weakening !== "switch without a drain";
  return drains ? "drain" : "begin commit";
}

/** Under the locks: looks at the record again, settles orphans. */
function emitSettle(turn: Turn): void {
  const { context, index, change } = turn;
  const { state, emit, weakening } = context;
  const name = operatorName(index);
  if (!early.includes(weakening) && state.stage !== change.from) {
    emit(name, "finds another stage, gives up", released(state, index));
    return;
  }
  const next = moved(state, index, { step: stepAfterSettling(turn) });
  const marks =
    weakening === "switch without the writers lock"
      ? state.marks
      : orphansSettled(state.marks, weakening);
  emit(name, "settles orphans", { ...next, marks });
}

function afterProgress(state: ModelState, index: number, progress: DrainProgress): ModelState {
  if (progress.is === "failed") return released(state, index);
  return moved(state, index, { work: progress.is === "under way" ? progress.work : undefined });
}

/** Drains until no mark is left; then, and only then, the change may be committed. */
function emitDrain({ context, index, operator, change }: Turn): void {
  const { state, emit, weakening } = context;
  const name = operatorName(index);
  const { authority, mirror } = routes[weakening === tooLate ? change.from : state.stage];
  if (operator.work === undefined && state.marks.length === 0)
    return emit(name, "finds no marks", moved(state, index, { step: "begin commit" }));
  if (mirror === undefined) return undefined;
  const work = operator.work ?? newWork(authority, mirror, state.epoch);
  if (work.step === "apply") {
    const overdue = moved({ ...state, exclusive: "" }, index, { step: "overdue" });
    emit(name, "waits too long for an apply, lets the writers go on", overdue);
  }
  return emitDrainSteps(context, work, (what, after, progress) => {
    const end = progress.is === "failed" ? ", gives up" : "";
    emit(name, `${what}${end}`, afterProgress(after, index, progress));
  });
}

/** The drain lock is held until the apply has ended, well or badly. */
function emitOverdue({ context, index, operator }: Turn): void {
  if (operator.work === undefined) return;
  emitDrainSteps(context, operator.work, (what, after) => {
    context.emit(operatorName(index), `${what}, gives up`, released(after, index));
  });
}

function emitMark({ context: { state, emit }, index, operator }: Turn): void {
  const step = operator.step === "mark" ? ("begin commit" as const) : ("release" as const);
  emit(operatorName(index), "marks everything", moved(everythingMarked(state), index, { step }));
}

function emitBeginCommit({ context, index, change }: Turn): void {
  const { state, weakening, emit } = context;
  const name = operatorName(index);
  if (weakening === tooLate && state.stage !== change.from) {
    emit(name, "finds another stage, gives up", released(state, index));
    return;
  }
  const next = moved(state, index, { step: "commit" });
  if (weakening === "generation moves only after the commit") emit(name, "begins a commit", next);
  else if (weakening === "generation moves only before the commit")
    emit(name, "moves the generation", { ...next, generation: state.generation + 1 });
  else emit(name, "begins a commit: the generation is undefined", { ...next, committer: name });
}

/** Each epoch has one authority, for ever. */
function recorded(state: ModelState, { change: { to }, operator }: Turn): ModelState {
  const epoch = operator.epoch + 1;
  const letter = routes[to].authority.charAt(0);
  const before = state.authorities.charAt(epoch);
  const wrong =
    before === "" || before === letter ? state.wrong : `epoch ${epoch} has two authorities`;
  const authorities = before === "" ? state.authorities + letter : state.authorities;
  return { ...state, stage: to, epoch, authorities, wrong };
}

function emitCommit(turn: Turn): void {
  const { context, index, change, operator } = turn;
  const { state, emit } = context;
  const epoch = operator.epoch + 1;
  const next = moved(recorded(state, turn), index, { step: "end commit" });
  emit(operatorName(index), `commits ${change.to}, epoch ${epoch}`, next);
}

function emitEndCommit({ context: { state, weakening, emit }, index, change }: Turn): void {
  const late = change.from === "off" && weakening === "start marks after its commit";
  const next = moved(state, index, { step: late ? "mark late" : "release" });
  const moves = weakening !== "generation moves only before the commit";
  const generation = state.generation + (moves ? 1 : 0);
  emit(operatorName(index), `generation ${generation}`, { ...next, committer: "", generation });
}

const steps: Partial<Record<OperatorState["step"], (turn: Turn) => void>> = {
  lock: emitLock,
  settle: emitSettle,
  drain: emitDrain,
  overdue: emitOverdue,
  mark: emitMark,
  "begin commit": emitBeginCommit,
  commit: emitCommit,
  "end commit": emitEndCommit,
  "mark late": emitMark,
  release: ({ context: { state, emit }, index }) =>
    emit(operatorName(index), "releases both locks", released(state, index)),
};

/** Operators: one stage change after the other, under both locks. */
export function emitOperators(context: Context): void {
  context.state.operators.forEach((operator, index) => {
    const { change, step } = operator;
    if (step === "idle") emitBegin(context, index);
    else if (change !== undefined) steps[step]?.({ context, index, operator, change });
  });
}
