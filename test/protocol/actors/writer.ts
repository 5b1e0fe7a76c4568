import type { Context } from "../context.ts";
import { afterWrite } from "../drain-work.ts";
import { marked, settled } from "../mark.ts";
import { at, type CachedStage, type ModelState, type WriterState } from "../model-state.ts";
import { done, type Operation, targetsOf } from "../operation.ts";
import { routes } from "../stage.ts";

/** A writer that is about to take a step, with the operation it is at. */
interface Turn {
  readonly context: Context;
  readonly index: number;
  readonly writer: WriterState;
  readonly operation: Operation;
}

/** The name of a writer, as lock holder and in traces. */
export const writerName = (index: number): string => `writer ${index + 1}`;

function moved(state: ModelState, index: number, change: Partial<WriterState>): ModelState {
  return { ...state, writers: at(state.writers, index, change) };
}

/** The record as it is; the generation is nobody's while a commit is under way. */
export function currentStage({ committer, generation, stage, epoch }: ModelState): CachedStage {
  return { generation: committer === "" ? generation : 0, stage, epoch };
}

function emitBegin({ state, configuration, weakening, emit }: Context, index: number): void {
  const writer = state.writers[index];
  const early = weakening === "writer routes before the lock";
  if (writer === undefined || writer.left === 0) return;
  if (!early && state.exclusive !== "") return;
  const lastValue = state.lastValue + 1;
  const begun = { ...state, lastValue };
  if (!early) begun.sharing = [...state.sharing, writerName(index)].toSorted();
  const script = configuration.scripts?.[index]?.slice(-writer.left);
  for (const operation of script?.slice(0, 1) ?? configuration.operations) {
    const own = { operation, value: String(lastValue), left: writer.left - 1 };
    const step = early ? ("lock" as const) : ("route" as const);
    const route = early ? { route: currentStage(state) } : {};
    const next = moved(begun, index, { ...own, ...route, step });
    emit(writerName(index), `${operation}: ${early ? "reads the stage" : "enters"}`, next);
  }
}

function emitLock({ context: { state, emit, weakening }, index }: Turn): void {
  if (state.exclusive !== "" && weakening !== "switch without the writers lock") return;
  const sharing = [...state.sharing, writerName(index)].toSorted();
  emit(writerName(index), "enters", moved({ ...state, sharing }, index, { step: "mark" }));
}

function routeOf({ context: { state, weakening }, writer: { cache } }: Turn): CachedStage {
  const current = currentStage(state);
  if (cache === undefined) return current;
  if (weakening === "writer trusts its cached stage") return cache;
  return cache.generation === current.generation ? cache : current;
}

function emitRoute(turn: Turn): void {
  const { context, index } = turn;
  const route = routeOf(turn);
  const cache = route.generation === 0 ? undefined : route;
  const next = moved(context.state, index, { step: "mark", route, cache });
  context.emit(writerName(index), `sees stage ${route.stage}, epoch ${route.epoch}`, next);
}

function withMark(state: ModelState, { operation }: Turn): ModelState {
  const number = state.lastNumber + 1;
  const targets = targetsOf(operation);
  const marks = marked(state.marks, targets, { number, writers: 1, moved: false });
  return { ...state, marks, lastNumber: number };
}

function emitMark(turn: Turn): void {
  const { context, index, writer, operation } = turn;
  const { state, emit, weakening } = context;
  const mirrored = routes[writer.route?.stage ?? "off"].mirror !== undefined;
  if (!mirrored || weakening === "mark after the write") return emitWrite(turn, mirrored);
  const step = weakening === "settle before the write" ? ("settle" as const) : ("write" as const);
  const next = moved(withMark(state, turn), index, { step });
  return emit(writerName(index), `marks ${targetsOf(operation)}`, next);
}

function emitLateMark(turn: Turn): void {
  const { context, index, operation } = turn;
  const next = moved(withMark(context.state, turn), index, { step: "settle" });
  context.emit(writerName(index), `marks ${targetsOf(operation)}`, next);
}

/** The authority has taken the write: everybody's scans go on behind it. */
function written(turn: Turn): { readonly state: ModelState; readonly removed: string } {
  const { context, writer, operation } = turn;
  const { state } = context;
  const { stage, epoch } = writer.route ?? currentStage(state);
  const side = routes[stage].authority;
  const effect = done(operation, state[side], writer.value);
  const truth = done(operation, state.truth, writer.value).store;
  const { reader } = state;
  const valid =
    reader.step === "idle" ? reader.valid : [...new Set([...reader.valid, truth])].toSorted();
  const stale = epoch !== state.epoch || side !== routes[state.stage].authority;
  const wrong = `a write decided under ${stage} (epoch ${epoch}) landed under ${state.stage} (epoch ${state.epoch})`;
  const seen = <Holder extends Pick<ModelState["operators"][number], "work">>(holder: Holder) =>
    holder.work === undefined ? holder : { ...holder, work: afterWrite(holder.work, side, effect) };
  return {
    removed: effect.removed,
    state: {
      ...state,
      [side]: effect.store,
      truth,
      reader: { ...reader, valid },
      drains: state.drains.map(seen),
      operators: state.operators.map(seen),
      wrong: stale ? wrong : state.wrong,
    },
  };
}

function nextStep(context: Context, mirrored: boolean): WriterState["step"] {
  if (!mirrored || context.weakening === "settle before the write") return "leave";
  return context.weakening === "mark after the write" ? "mark late" : "settle";
}

/** What a write that went well was found to have removed. */
function told({ operation, context }: Turn, removed: string): Pick<WriterState, "moved" | "found"> {
  if (context.weakening === "moved dropped") return { moved: "", found: "" };
  return targetsOf(operation) === "~"
    ? { moved: "", found: removed }
    : { moved: removed, found: "" };
}

const careless = {
  "moved dropped": /./,
  "unknown outcome counted as nothing moved": /./,
  "expiry of unknown outcome swept nothing": /~/,
};

/** Who does not know what a write did counts all it may have done. */
function untold({ operation, context: { weakening } }: Turn): Pick<WriterState, "moved"> {
  const targets = targetsOf(operation);
  const forgets = Object.entries(careless).some(
    ([name, forgotten]) => name === weakening && forgotten.test(targets),
  );
  return { moved: forgets ? "" : targets };
}

function emitWrite(turn: Turn, mirrored: boolean): void {
  const { context, index, writer, operation } = turn;
  const { state, emit } = context;
  const step = nextStep(context, mirrored);
  const { state: after, removed } = written(turn);
  const what = `writes ${operation} ${writer.value} to ${routes[writer.route?.stage ?? "off"].authority}`;
  emit(writerName(index), what, moved(after, index, { step, ...told(turn, removed) }));
  if (state.failuresLeft === 0) return;
  const failuresLeft = state.failuresLeft - 1;
  const unknown = moved({ ...after, failuresLeft }, index, { step, ...untold(turn) });
  emit(writerName(index), `${what}: done, but COMMIT_UNKNOWN`, unknown);
  const failed = moved({ ...state, failuresLeft }, index, { step });
  emit(writerName(index), `${what}: fails, nothing done`, failed);
}

/** What an expiry removed is marked before its sweep says that it stands for nothing any more. */
function emitFound({ context: { state, emit }, index, writer }: Turn): void {
  const number = state.lastNumber + 1;
  const marks = marked(state.marks, writer.found, { number, writers: 0, moved: true });
  const next = moved({ ...state, marks, lastNumber: number }, index, { found: "" });
  emit(writerName(index), `marks what it found to have removed: ${writer.found}`, next);
}

function emitSettle(turn: Turn): void {
  const { context, index, writer, operation } = turn;
  const { state, emit, weakening } = context;
  if (writer.found !== "") return emitFound(turn);
  const marks = settled(state.marks, targetsOf(operation), writer.moved);
  const step = weakening === "settle before the write" ? ("write" as const) : ("leave" as const);
  return emit(writerName(index), "settles", moved({ ...state, marks }, index, { step }));
}

function emitLeave({ context: { state, emit }, index }: Turn): void {
  const sharing = state.sharing.filter((holder) => holder !== writerName(index));
  const idle = { step: "idle", operation: undefined, value: "", route: undefined } as const;
  const next = moved({ ...state, sharing }, index, { ...idle, moved: "", found: "" });
  emit(writerName(index), "leaves and answers its caller", next);
}

const steps: Partial<Record<WriterState["step"], (turn: Turn) => void>> = {
  lock: emitLock,
  route: emitRoute,
  mark: emitMark,
  write: (turn) => emitWrite(turn, true),
  "mark late": emitLateMark,
  settle: emitSettle,
  leave: emitLeave,
};

/** Writers: mark, write, settle, answer, all inside the shared writers lock. */
export function emitWriters(context: Context): void {
  context.state.writers.forEach((writer, index) => {
    const { operation, step } = writer;
    if (step === "idle") emitBegin(context, index);
    else if (operation !== undefined) steps[step]?.({ context, index, writer, operation });
  });
}
