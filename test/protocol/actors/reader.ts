import type { Context } from "../context.ts";
import type { ModelState, ReaderState } from "../model-state.ts";
import { routes } from "../stage.ts";
import { currentStage } from "./writer.ts";

function moved(state: ModelState, change: Partial<ReaderState>): ModelState {
  return { ...state, reader: { ...state.reader, ...change } };
}

/** The read begins; while a commit is under way there is nothing to see, and it looks again. */
function emitBegin({ state, weakening, emit }: Context): void {
  const { left, cache } = state.reader;
  if (left === 0) return;
  const begun = moved(state, { left: left - 1, valid: [state.truth] });
  if (weakening === "read without any look" && cache !== undefined)
    emit("reader", "begins, trusts its cached stage", moved(begun, { step: "read", route: cache }));
  else emit("reader", "begins", moved(begun, { step: "look" }));
}

function emitLook({ state, emit }: Context): void {
  const { cache } = state.reader;
  if (state.committer !== "") return;
  const looked = state.generation;
  const known = cache?.generation === looked;
  const next = known ? { step: "read" as const, route: cache } : { step: "route" as const };
  emit("reader", `looks: generation ${looked}`, moved(state, { looked, ...next }));
}

/** The record may be newer than the look: it is kept under the generation looked at. */
function emitRoute({ state, emit }: Context): void {
  const route = { ...currentStage(state), generation: state.reader.looked };
  const next = moved(state, { step: "read", route, cache: route });
  emit("reader", `reads the record: ${state.stage}, epoch ${state.epoch}`, next);
}

function emitRead({ state, emit }: Context): void {
  const side = routes[state.reader.route?.stage ?? "off"].authority;
  const next = moved(state, { step: "look again", result: state[side] });
  emit("reader", `reads ${side}: ${state[side]}`, next);
}

function emitLookAgain({ state, weakening, emit }: Context): void {
  const { looked, result, valid } = state.reader;
  const trusting =
    weakening === "read without the second look" || weakening === "read without any look";
  const same = state.committer === "" && state.generation === looked;
  if (!same && !trusting) {
    const next = { step: "look", result: "", route: undefined } as const;
    emit("reader", "looks again: it moved, reads again", moved(state, next));
    return;
  }
  const wrong = valid.includes(result)
    ? state.wrong
    : `a read returned "${result}", which was superseded before it began`;
  const idle = { step: "idle", looked: 0, result: "", valid: [], route: undefined } as const;
  emit("reader", `returns "${result}"`, { ...moved(state, idle), wrong });
}

const steps: Record<ReaderState["step"], (context: Context) => void> = {
  idle: emitBegin,
  look: emitLook,
  route: emitRoute,
  read: emitRead,
  "look again": emitLookAgain,
};

/** A reader: looks at the generation, reads the authority, looks again. */
export function emitReader(context: Context): void {
  steps[context.state.reader.step](context);
}
