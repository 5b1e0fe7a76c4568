import type { Context } from "../context.ts";
import { type DrainWork, emitDrainSteps, landed, listed, newWork } from "../drain-work.ts";
import { markOf } from "../mark.ts";
import { at, type Emit, type ModelState } from "../model-state.ts";
import { routes, type Stage } from "../stage.ts";

const name = (index: number): string => `drain ${index + 1}`;

/** Marks that a drain could do something about. */
function worthwhile({ marks }: ModelState): boolean {
  return marks.length > 0 && (markOf(marks, "*")?.writers ?? 0) === 0;
}

function begun(state: ModelState, stage: Stage): DrainWork | undefined {
  const { authority, mirror } = routes[stage];
  return mirror === undefined ? undefined : newWork(authority, mirror, state.epoch);
}

function release(state: ModelState, index: number): ModelState {
  const drainLock = state.drainLock === name(index) ? "" : state.drainLock;
  return { ...state, drainLock, drains: at(state.drains, index, { work: undefined }) };
}

/** Takes the lock, looks at the stage, lists the marks. */
function emitBegin({ state, weakening, emit }: Context, index: number): void {
  const work = begun(state, state.stage);
  if (work === undefined || !worthwhile(state)) return undefined;
  if (weakening === "drain routes before the lock") {
    const drains = at(state.drains, index, { work });
    return emit(name(index), "looks at the stage, without the lock", { ...state, drains });
  }
  if (weakening === "marks counted and listed apart") return emitCount(state, emit, index, work);
  const all = markOf(state.marks, "*") !== undefined;
  const apart = weakening === "backfill without the drain lock";
  const free = weakening === "drain without the drain lock" || (apart && all && index === 0);
  if (state.drainLock !== "" && !free) return undefined;
  const progress = listed(state, work, apart && index > 0);
  if (progress.is !== "under way") return undefined;
  const drainLock = free ? state.drainLock : name(index);
  const drains = at(state.drains, index, { work: progress.work });
  return emit(name(index), "takes the drain lock, lists the marks", {
    ...state,
    drainLock,
    drains,
  });
}

function emitLateLock({ state, emit }: Context, index: number, work: DrainWork): void {
  if (state.drainLock !== "") return;
  const progress = listed(state, work);
  if (progress.is !== "under way")
    return emit(name(index), "finds nothing to do", release(state, index));
  const drains = at(state.drains, index, { work: progress.work });
  const next = { ...state, drainLock: name(index), drains };
  return emit(name(index), "takes the drain lock, lists the marks", next);
}

/** Counts the marks first, and lists them later, when there may be others. */
function emitCount(state: ModelState, emit: Emit, index: number, work: DrainWork): void {
  if (state.drainLock !== "") return;
  const keysOnly = markOf(state.marks, "*") === undefined;
  const drains = at(state.drains, index, { work: { ...work, keysOnly } });
  emit(name(index), "takes the drain lock, counts", { ...state, drainLock: name(index), drains });
}

function emitGivesUp({ state, emit }: Context, index: number, work: DrainWork): void {
  if (state.failuresLeft === 0) return;
  const { to, epoch, batch } = work;
  const given = { ...release(state, index), failuresLeft: state.failuresLeft - 1 };
  const late = [...state.late, { to, epoch, batch }];
  emit(name(index), "gives up an apply that hangs, and the lock", { ...given, late });
}

/** Drains: any process may be one, one at a time holds the lock. */
export function emitDrains(context: Context): void {
  const { state, emit, weakening } = context;
  state.drains.forEach(({ work }, index) => {
    if (work === undefined) return emitBegin(context, index);
    if (work.step === "list" && state.drainLock !== name(index))
      return emitLateLock(context, index, work);
    if (work.step === "apply" && weakening === "hung apply gives the drain lock up")
      emitGivesUp(context, index, work);
    return emitDrainSteps(context, work, (what, after, progress) => {
      const next =
        progress.is === "under way"
          ? { ...after, drains: at(after.drains, index, { work: progress.work }) }
          : release(after, index);
      emit(name(index), progress.is === "under way" ? what : `${what}, releases the lock`, next);
    });
  });
}

/** Applies that were given up land when they like. */
export function emitLateApplies({ state, emit }: Context): void {
  state.late.forEach((apply, index) => {
    const late = state.late.toSpliced(index, 1);
    const what = `the apply given up earlier lands: ${apply.batch.join(" ")}`;
    emit(apply.to, what, { ...landed(state, apply), late });
  });
}
