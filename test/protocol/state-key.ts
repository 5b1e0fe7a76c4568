import type { Configuration } from "./configuration.ts";
import type { DrainWork } from "./drain-work.ts";
import { type Mark, markOf } from "./mark.ts";
import type {
  CachedStage,
  ModelState,
  OperatorState,
  ReaderState,
  WriterState,
} from "./model-state.ts";

const yes = (claim: boolean): string => (claim ? "+" : "-");

function cachedKey(cached: CachedStage | undefined): string {
  return cached === undefined
    ? ""
    : `${cached.generation}${cached.stage.slice(0, 2)}${cached.epoch}`;
}

function markKey({ target, writers, moved }: Mark): string {
  return target + String(writers) + yes(moved);
}

/** Of a number it only ever matters whether it is still the mark's number. */
function listedKey(state: ModelState, mark: Mark): string {
  const current = markOf(state.marks, mark.target)?.number === mark.number;
  return markKey(mark) + yes(current);
}

function workKey(state: ModelState, work: DrainWork | undefined): string {
  if (work === undefined) return "";
  const { step, from, epoch, listed, scan, scanning, snapshot, wanted, batch, tail } = work;
  const marks = listed.map((mark) => listedKey(state, mark)).join("");
  const walk = `${work.afterApply.charAt(0)}${work.matched}${yes(work.deviated)}${yes(work.plain)}${yes(work.keysOnly)}`;
  const scans = `${scan}/${scanning.charAt(0)}${snapshot ?? "?"}/${wanted}/${work.placing}`;
  return `${step}${from}${epoch}${marks}/${scans}/${batch.join("")}/${tail.join("")}/${walk}`;
}

function writerKey(state: ModelState, writer: WriterState, index: number): string {
  const { step, left, operation, value, moved, found } = writer;
  const shares = yes(state.sharing.includes(`writer ${index + 1}`));
  const caches = `${cachedKey(writer.route)},${cachedKey(writer.cache)}`;
  return `${step}${left}${operation ?? ""}${value},${caches},${moved},${found}${shares}`;
}

function readerKey({ step, left, looked, cache, route, result, valid }: ReaderState): string {
  const caches = `${cachedKey(route)},${cachedKey(cache)}`;
  return `${step}${left},${looked},${caches},${result},${valid.join(",")}`;
}

function operatorKey(state: ModelState, operator: OperatorState, index: number): string {
  const { step, left, change, epoch, work } = operator;
  const name = `operator ${index + 1}`;
  const holds = yes(state.drainLock === name) + yes(state.exclusive === name);
  const commits = yes(state.committer === name);
  return `${step}${left}${change?.from ?? ""}${change?.to ?? ""}${epoch}${holds}${commits}${workKey(state, work)}`;
}

/**
 * The same for two states exactly when nothing that can happen from now on tells them apart:
 * processes of one kind may be swapped, and marks that differ in their number alone are equal.
 */
export function stateKey(state: ModelState, configuration: Configuration): string {
  const keys = state.writers.map((writer, index) => writerKey(state, writer, index));
  // Writers that follow scripts cannot be swapped.
  const writers = configuration.scripts === undefined ? keys.toSorted() : keys;
  const drains = state.drains
    .map(({ work }, index) => workKey(state, work) + yes(state.drainLock === `drain ${index + 1}`))
    .toSorted();
  const operators = state.operators.map((operator, index) => operatorKey(state, operator, index));
  return [
    state.stage.slice(0, 2) + String(state.epoch),
    state.generation + state.committer.charAt(0),
    state.old,
    state.new,
    state.truth,
    state.marks.map(markKey).join(""),
    `${state.lastValue}${state.crashesLeft}${state.failuresLeft}${state.authorities}`,
    `${state.drainLock.charAt(0)}${state.exclusive.charAt(0)}${state.sharing.length}`,
    ...writers,
    readerKey(state.reader),
    ...drains,
    ...operators.toSorted(),
    state.late.map(({ to, epoch, batch }) => to + String(epoch) + batch.join("")).join(","),
    state.wrong,
  ].join("|");
}
