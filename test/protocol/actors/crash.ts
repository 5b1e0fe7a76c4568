import type { Context } from "../context.ts";
import { at, type ModelState } from "../model-state.ts";
import { operatorName, released } from "./operator.ts";
import { writerName } from "./writer.ts";

const dead = {
  step: "dead",
  operation: undefined,
  value: "",
  route: undefined,
  cache: undefined,
  moved: "",
  found: "",
  left: 0,
} as const;

function withoutWriter(state: ModelState, index: number): ModelState {
  const sharing = state.sharing.filter((holder) => holder !== writerName(index));
  return { ...state, sharing, writers: at(state.writers, index, dead) };
}

function withoutDrain(state: ModelState, index: number): ModelState {
  const drainLock = state.drainLock === `drain ${index + 1}` ? "" : state.drainLock;
  return { ...state, drainLock, drains: at(state.drains, index, { work: undefined }) };
}

function withoutOperator(state: ModelState, index: number): ModelState {
  const next = released(state, index);
  return state.committer === operatorName(index) ? { ...next, committer: "dead" } : next;
}

/** One process dies: its locks are free, its memory is gone, what is durable stays. */
export function emitCrashes({ state, weakening, emit }: Context): void {
  if (state.crashesLeft === 0) return;
  const { drainLock, exclusive, sharing } = state;
  const outlive = weakening === "locks outlive their holders";
  const left = { crashesLeft: state.crashesLeft - 1 };
  const locks = outlive ? { drainLock, exclusive, sharing } : {};
  state.writers.forEach(({ step }, index) => {
    const next = { ...withoutWriter(state, index), ...left, ...locks };
    if (step !== "idle" && step !== "dead") emit(writerName(index), "DIES", next);
  });
  state.drains.forEach(({ work }, index) => {
    const next = { ...withoutDrain(state, index), ...left, ...locks };
    if (work !== undefined) emit(`drain ${index + 1}`, "DIES", next);
  });
  state.operators.forEach(({ step }, index) => {
    const next = { ...withoutOperator(state, index), ...left, ...locks };
    if (step !== "idle") emit(operatorName(index), "DIES", next);
  });
}
