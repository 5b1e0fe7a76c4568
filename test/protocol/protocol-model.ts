import { emitCrashes } from "./actors/crash.ts";
import { emitDrains, emitLateApplies } from "./actors/drain.ts";
import { emitOperators } from "./actors/operator.ts";
import { emitReader } from "./actors/reader.ts";
import { emitRecovery } from "./actors/recovery.ts";
import { emitWriters } from "./actors/writer.ts";
import type { Configuration } from "./configuration.ts";
import type { Context } from "./context.ts";
import { marked } from "./mark.ts";
import type { ModelState, ReaderState, WriterState } from "./model-state.ts";
import { routes } from "./stage.ts";

const newWriter = (left: number): WriterState => ({
  step: "idle",
  left,
  operation: undefined,
  value: "",
  route: undefined,
  cache: undefined,
  moved: "",
  found: "",
});

const newReader = (left: number): ReaderState => ({
  step: "idle",
  left,
  looked: 0,
  cache: undefined,
  route: undefined,
  result: "",
  valid: [],
});

/** The state that a configuration begins in. Stores that differ begin with everything marked. */
export function firstState(configuration: Configuration): ModelState {
  const { stage, writers, reads, drains, operators, crashes, failures } = configuration;
  const { authority, mirror } = routes[stage];
  const differs = mirror !== undefined && configuration.old !== configuration.new;
  return {
    stage,
    epoch: 1,
    generation: 1,
    committer: "",
    old: configuration.old,
    new: configuration.new,
    authorities: `-${authority.charAt(0)}`,
    truth: configuration[authority],
    marks: differs ? marked([], "*", { number: 1, writers: 0, moved: false }) : [],
    lastNumber: 1,
    lastValue: 0,
    drainLock: "",
    exclusive: "",
    sharing: [],
    writers: writers.map(newWriter),
    reader: newReader(reads),
    drains: Array.from({ length: drains }, () => ({ work: undefined })),
    operators: operators.map((left) => ({
      step: "idle",
      left,
      change: undefined,
      epoch: 0,
      work: undefined,
    })),
    late: [],
    crashesLeft: crashes,
    failuresLeft: failures,
    wrong: "",
  };
}

/** Hands over every state that one step of one process leads to. */
export function emitSuccessors(context: Context): void {
  emitWriters(context);
  emitReader(context);
  emitDrains(context);
  emitOperators(context);
  emitRecovery(context);
  emitLateApplies(context);
  emitCrashes(context);
}
