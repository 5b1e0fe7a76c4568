import type { DrainWork } from "./drain-work.ts";
import type { Mark } from "./mark.ts";
import type { Operation } from "./operation.ts";
import type { Side, Stage, StageChange } from "./stage.ts";
import type { Change, Store } from "./store.ts";

/** What a process remembers of the control record. Generation 0: nothing. */
export interface CachedStage {
  readonly generation: number;
  readonly stage: Stage;
  readonly epoch: number;
}

/** A writer between two of its steps. Each step's name says what it will do next. */
export interface WriterState {
  readonly step:
    | "idle"
    | "lock"
    | "route"
    | "mark"
    | "write"
    | "mark late"
    | "settle"
    | "leave"
    | "dead";
  /** Operations that it may still begin. */
  readonly left: number;
  readonly operation: Operation | undefined;
  /** What its puts put: a digit that no other operation uses. */
  readonly value: string;
  readonly route: CachedStage | undefined;
  readonly cache: CachedStage | undefined;
  /** Keys that the write was found to have removed, or may have. */
  readonly moved: string;
  /** What an expiry removed and has not marked yet. */
  readonly found: string;
}

/** A reader between two of its steps. */
export interface ReaderState {
  readonly step: "idle" | "look" | "route" | "read" | "look again";
  readonly left: number;
  readonly looked: number;
  readonly cache: CachedStage | undefined;
  readonly route: CachedStage | undefined;
  readonly result: Store;
  /** All that the authority held at some moment since the read began. */
  readonly valid: readonly Store[];
}

/** A drain that runs by itself. */
export interface DrainState {
  readonly work: DrainWork | undefined;
}

/** An operator, or an automatic action in an operator's place. */
export interface OperatorState {
  readonly step:
    | "idle"
    | "lock"
    | "settle"
    | "drain"
    | "overdue"
    | "mark"
    | "begin commit"
    | "commit"
    | "end commit"
    | "mark late"
    | "release";
  /** Stage changes that it may still begin. */
  readonly left: number;
  readonly change: StageChange | undefined;
  /** The epoch that the change begins under. */
  readonly epoch: number;
  readonly work: DrainWork | undefined;
}

/** An apply that was given up and may still land: only in a weakened protocol. */
export interface LateApply {
  readonly to: Side;
  readonly epoch: number;
  readonly batch: readonly Change[];
}

/** Everything: both stores, the control store, the locks, and where each process stands. */
export interface ModelState {
  readonly stage: Stage;
  readonly epoch: number;
  readonly generation: number;
  /** Whose commit is under way; the generation is undefined then. `dead`: its process died in it. */
  readonly committer: string;
  readonly old: Store;
  readonly new: Store;
  /** Who was the authority in each epoch, by its first letter. No process can see it. */
  readonly authorities: string;
  /** What all writes, one after the other, make of the first state. No process can see it. */
  readonly truth: Store;
  readonly marks: readonly Mark[];
  readonly lastNumber: number;
  readonly lastValue: number;
  /** Who holds the drain lock; empty: nobody. */
  readonly drainLock: string;
  /** Who holds the writers lock exclusively; empty: nobody. */
  readonly exclusive: string;
  /** Who shares the writers lock. */
  readonly sharing: readonly string[];
  readonly writers: readonly WriterState[];
  readonly reader: ReaderState;
  readonly drains: readonly DrainState[];
  readonly operators: readonly OperatorState[];
  readonly late: readonly LateApply[];
  readonly crashesLeft: number;
  readonly failuresLeft: number;
  /** What a step was seen to do wrong; empty: nothing. */
  readonly wrong: string;
}

/** Hands over a successor: who did what, and what came of it. */
export type Emit = (actor: string, what: string, next: ModelState) => void;

/** The same list with one place changed. */
export function at<Value>(
  list: readonly Value[],
  index: number,
  change: Partial<Value>,
): readonly Value[] {
  return list.map((value, place) => (place === index ? { ...value, ...change } : value));
}
