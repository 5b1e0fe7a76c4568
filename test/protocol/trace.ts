import type { ModelState } from "./model-state.ts";
import { emitSuccessors, firstState } from "./protocol-model.ts";
import type { Question } from "./search.ts";
import { routes } from "./stage.ts";
import { stateKey } from "./state-key.ts";

/** Who did what, and what came of it. */
export interface Step {
  readonly actor: string;
  readonly what: string;
  readonly state: ModelState;
}

/** Goes the way again whose states have these keys. */
export function traceTo({ configuration, weakening }: Question, path: readonly string[]): Step[] {
  const trace: Step[] = [{ actor: "", what: "", state: firstState(configuration) }];
  for (const key of path) {
    const state = trace.at(-1)?.state;
    if (state === undefined) break;
    const found: Step[] = [];
    const emit = (actor: string, what: string, next: ModelState): void => {
      if (found.length === 0 && stateKey(next, configuration) === key)
        found.push({ actor, what, state: next });
    };
    emitSuccessors({ state, configuration, weakening, emit });
    trace.push(...found);
  }
  return trace;
}

function marksShown({ marks }: ModelState): string {
  const shown = marks.map(
    ({ target, number, writers, moved }) =>
      `${target}#${number}${writers > 0 ? ` ${writers} writing` : ""}${moved ? " moved" : ""}`,
  );
  return shown.length === 0 ? "none" : shown.join(", ");
}

/** The line for one step, with what can be seen after it. */
function line({ actor, what, state }: Step, index: number): string {
  const { authority } = routes[state.stage];
  const stores = `old "${state.old}" new "${state.new}" (${authority} decides, marks: ${marksShown(state)})`;
  return `${String(index).padStart(3)}  ${actor === "" ? "at first" : `${actor} ${what}`}\n       ${state.stage} ${stores}`;
}

/** A trace to be read by people: keys are letters, values digits, records oldest first. */
export function printed(trace: readonly Step[]): string {
  const wrong = trace.at(-1)?.state.wrong ?? "";
  return trace.map(line).join("\n") + (wrong === "" ? "" : `\n     → ${wrong}`);
}
