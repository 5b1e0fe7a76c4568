import type { Context } from "./context.ts";
import { type Mark, marked, markOf } from "./mark.ts";
import type { ModelState } from "./model-state.ts";
import type { Effect } from "./operation.ts";
import type { Side } from "./stage.ts";
import { applied, type Change, keysIn, type Store, valueIn } from "./store.ts";

/** A drain between two of its steps; it lives in the memory of whoever holds the drain lock. */
export interface DrainWork {
  readonly step:
    | "list"
    | "mark everything"
    | "states"
    | "scan"
    | "compare"
    | "walk"
    | "apply"
    | "clear";
  readonly from: Side;
  readonly to: Side;
  readonly epoch: number;
  readonly listed: readonly Mark[];
  /** Where a scan of the source stands: keys that it will still come to, in its order. */
  readonly scan: string;
  /** `""`: no scan under way. */
  readonly scanning: "" | "oldest first" | "newest first";
  /** What a scan that reads everything at once has read. */
  readonly snapshot: Store | undefined;
  /** Keys that need a new place and that the scan has not come to. */
  readonly wanted: string;
  /** All keys that need a new place. */
  readonly placing: string;
  readonly batch: readonly Change[];
  /** What is put behind all others, oldest first. */
  readonly tail: readonly Change[];
  readonly afterApply: "walk" | "clear";
  /** Records of the mirror that the walk found in the same order as at the source. */
  readonly matched: number;
  readonly deviated: boolean;
  /** The mirror was empty: records are put as they come. */
  readonly plain: boolean;
  /** It counted no mark on everything before it listed the marks. */
  readonly keysOnly: boolean;
}

/** How a step of a drain ended. */
export type DrainProgress =
  | { readonly is: "under way"; readonly work: DrainWork }
  | { readonly is: "done" | "failed" };

/** Hands over what a step of a drain comes to. */
export type EmitProgress = (what: string, state: ModelState, progress: DrainProgress) => void;

/** A drain that has looked at nothing yet. */
export function newWork(from: Side, to: Side, epoch: number): DrainWork {
  return {
    step: "list",
    from,
    to,
    epoch,
    listed: [],
    scan: "",
    scanning: "",
    snapshot: undefined,
    wanted: "",
    placing: "",
    batch: [],
    tail: [],
    afterApply: "clear",
    matched: 0,
    deviated: false,
    plain: false,
    keysOnly: false,
  };
}

/** A scan goes on behind where it stands, whatever is written meanwhile. */
export function afterWrite(work: DrainWork, side: Side, effect: Effect): DrainWork {
  if (work.from !== side || work.scanning === "" || work.snapshot !== undefined) return work;
  const kept = Array.from(work.scan).filter((key) => !effect.removed.includes(key));
  const met = work.scanning === "oldest first" ? effect.inserted : "";
  return { ...work, scan: kept.join("") + met };
}

const underWay = (work: DrainWork): DrainProgress => ({ is: "under way", work });

function isKeyMark({ target }: Mark): boolean {
  return target !== "*" && target !== "~";
}

/** What a drain handles by keys, or undefined when everything is to be compared. */
function handledBy(marks: readonly Mark[], keysOnly: boolean): readonly Mark[] | undefined {
  const everything = markOf(marks, "*");
  if (everything === undefined) return marks;
  if (keysOnly) return marks.filter(({ target }) => target !== "*");
  return everything.writers === 0 ? undefined : [];
}

/** A sweep that never told what it removed may have removed anything. */
function isUntold({ target, writers, moved }: Mark): boolean {
  return target === "~" && writers === 0 && moved;
}

/** Lists the marks and decides how to go about them. */
export function listed(state: ModelState, work: DrainWork, keysOnly = false): DrainProgress {
  const keys = work.keysOnly ? state.marks : handledBy(state.marks, keysOnly);
  if (keys === undefined)
    return underWay({ ...work, listed: state.marks, step: "compare", afterApply: "walk" });
  if (keys.length === 0) return { is: "done" };
  const step = keys.some(isUntold) ? ("mark everything" as const) : ("states" as const);
  return underWay({ ...work, listed: keys, step });
}

/** Asks for everything to be compared, or copied. */
export function everythingMarked(state: ModelState): ModelState {
  const number = state.lastNumber + 1;
  const marks = marked(state.marks, "*", { number, writers: 0, moved: false });
  return { ...state, marks, lastNumber: number };
}

function scanFrom(
  state: ModelState,
  work: DrainWork,
  { configuration }: Context,
  scanning: "oldest first" | "newest first",
): Pick<DrainWork, "scan" | "scanning" | "snapshot"> {
  const source = state[work.from];
  const keys = keysIn(source);
  return {
    scan: scanning === "oldest first" ? keys : Array.from(keys).toReversed().join(""),
    scanning,
    snapshot: configuration.snapshots ? source : undefined,
  };
}

/** Reads the marked records at the source: what is gone, what stays where it is, what is placed. */
function readStates(context: Context, work: DrainWork): DrainWork {
  const { state, weakening } = context;
  const batch: Change[] = [];
  let placing = "";
  for (const { target, moved } of work.listed.filter(isKeyMark)) {
    const value = valueIn(state[work.from], target);
    const there = valueIn(state[work.to], target) !== undefined;
    if (value === undefined) batch.push(`-${target}`);
    else if (there && !moved) batch.push(`=${target}${value}`);
    else if (weakening === "only the record itself is put as newest")
      batch.push(`>${target}${value}`);
    else placing += target;
  }
  if (placing === "") return { ...work, batch, step: batch.length > 0 ? "apply" : "clear" };
  const scan = scanFrom(state, work, context, "newest first");
  return { ...work, batch, wanted: placing, placing, step: "scan", ...scan };
}

/** Comes to the next record of the tail; the last one found or the end of the scan ends it. */
function scanTail(context: Context, work: DrainWork): DrainWork {
  const key = work.scan.charAt(0);
  if (key === "") return placed(context, work);
  const value = valueIn(work.snapshot ?? context.state[work.from], key);
  const tail = [`>${key}${value ?? ""}`, ...work.tail];
  const next = { ...work, scan: work.scan.slice(1), tail, wanted: work.wanted.replace(key, "") };
  return next.wanted === "" ? placed(context, next) : next;
}

/** Records that the mirror lacks, all of them, need not be removed before they are put. */
function areNew({ weakening }: Context, work: DrainWork, tail: readonly Change[]): boolean {
  if (work.listed.some((mark) => isKeyMark(mark) && mark.moved)) return false;
  if (weakening === "tail of as many records taken for new ones")
    return tail.length === work.placing.length;
  return tail.every((change) => work.placing.includes(change.charAt(1)));
}

/** The tail begins at the oldest record found; what was not found has been marked again. */
function placed(context: Context, work: DrainWork): DrainWork {
  const found = (change: Change): boolean =>
    work.placing.includes(change.charAt(1)) && !work.wanted.includes(change.charAt(1));
  const first = work.tail.findIndex(found);
  const tail = first < 0 ? [] : work.tail.slice(first);
  const how = areNew(context, work, tail) ? "=" : ">";
  const batch = [...work.batch, ...tail.map((change) => how + change.slice(1))];
  const over = { tail: [], wanted: "", placing: "", scan: "", scanning: "" } as const;
  return {
    ...work,
    ...over,
    snapshot: undefined,
    batch,
    step: batch.length > 0 ? "apply" : "clear",
  };
}

/** Finds what the mirror has and the source lacks, and begins the walk over both. */
function compareKeys(context: Context, work: DrainWork): DrainWork {
  const { state } = context;
  const extra = Array.from(keysIn(state[work.to])).filter((key) => !state[work.from].includes(key));
  const batch = extra.map((key) => `-${key}`);
  const plain = state[work.to] === "";
  const next = { ...work, plain, batch };
  return { ...next, step: batch.length > 0 ? "apply" : "walk" };
}

/** Comes to the next record of both sides and decides what to do at the mirror. */
function walked(context: Context, begun: DrainWork): DrainWork {
  const { state } = context;
  const work =
    begun.scanning === ""
      ? { ...begun, ...scanFrom(state, begun, context, "oldest first") }
      : begun;
  const key = work.scan.charAt(0);
  if (key === "")
    return { ...work, scan: "", scanning: "", snapshot: undefined, matched: 0, step: "clear" };
  const value = valueIn(work.snapshot ?? state[work.from], key) ?? "";
  const mirror = state[work.to];
  const scan = work.scan.slice(1);
  if (work.plain) return { ...work, scan, batch: [`=${key}${value}`], step: "apply" };
  const twin = work.deviated ? -1 : twinOf(state, work, key);
  if (twin < 0) return { ...work, scan, deviated: true, batch: [`>${key}${value}`], step: "apply" };
  if (valueIn(mirror, key) === value) return { ...work, scan, matched: twin + 1 };
  return { ...work, scan, matched: twin + 1, batch: [`=${key}${value}`], step: "apply" };
}

/** Where the mirror has the record, if nothing stands before it but what was deleted since. */
function twinOf(state: ModelState, work: DrainWork, key: string): number {
  const keys = keysIn(state[work.to]);
  let twin = work.matched;
  while (twin < keys.length && keys.charAt(twin) !== key) {
    if (state[work.from].includes(keys.charAt(twin))) return -1;
    twin += 1;
  }
  return twin < keys.length ? twin : -1;
}

/** What lands at a store that is not the mirror of this epoch is wrong, whoever sent it. */
export function landed(
  state: ModelState,
  { to, epoch, batch }: Pick<DrainWork, "to" | "epoch" | "batch">,
): ModelState {
  const wrong =
    epoch === state.epoch ? state.wrong : `an apply of epoch ${epoch} landed in ${state.epoch}`;
  return { ...state, [to]: applied(state[to], batch), wrong };
}

function emitApply({ state }: Context, work: DrainWork, emit: EmitProgress): void {
  const next = underWay({ ...work, batch: [], step: work.afterApply });
  const what = `${work.to}.apply ${work.batch.join(" ")}`;
  const after = landed(state, work);
  emit(what, after, next);
  if (state.failuresLeft === 0) return;
  const failuresLeft = state.failuresLeft - 1;
  emit(`${what}: fails, nothing done`, { ...state, failuresLeft }, { is: "failed" });
  emit(`${what}: done, but fails`, { ...after, failuresLeft }, { is: "failed" });
}

/** A sweep that was under way at the beginning and has ended since, wrongly taken for one. */
function isLateSweep({ weakening }: Context, work: DrainWork, mark: Mark): boolean {
  const everything = markOf(work.listed, "*");
  if (weakening !== "sweeps listed after the comparison" || everything === undefined) return false;
  return mark.target === "~" && mark.number < everything.number;
}

/** Clears what was settled when it was listed and has not been marked since. */
function cleared(context: Context, work: DrainWork): ModelState {
  const { state, weakening } = context;
  const marks = state.marks.filter((mark) => {
    const before = markOf(work.listed, mark.target);
    if (before === undefined) return true;
    const same = mark.number === before.number || weakening === "drain clears any number";
    const settledThen = before.writers === 0 || isLateSweep(context, work, mark);
    const idle = settledThen && mark.writers === 0;
    return !(same && (idle || weakening === "drain clears unsettled marks"));
  });
  return { ...state, marks };
}

function emitClear(context: Context, work: DrainWork, emit: EmitProgress): void {
  emit("clears marks", cleared(context, work), { is: "done" });
}

const steps = { states: readStates, scan: scanTail, compare: compareKeys, walk: walked };

const titles = {
  states: "reads the marked records and decides",
  scan: "scans the source newest first: next record",
  compare: "looks for records the source lacks",
  walk: "walks over both sides: next record",
};

/** The next step of a drain that holds its lock. */
export function emitDrainSteps(context: Context, work: DrainWork, emit: EmitProgress): void {
  const { state } = context;
  if (work.step === "list") emit("lists the marks", state, listed(state, work));
  else if (work.step === "mark everything")
    emit("marks everything, for a sweep that never told", everythingMarked(state), { is: "done" });
  else if (work.step === "apply") emitApply(context, work, emit);
  else if (work.step === "clear") emitClear(context, work, emit);
  else emit(titles[work.step], state, underWay(steps[work.step](context, work)));
}
