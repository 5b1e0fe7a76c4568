import type { Context } from "../context.ts";
import type { Mark } from "../mark.ts";
import type { Weakening } from "../weakening.ts";

/** Marks of writers that died count as settled, with everything they may have done. */
export function orphansSettled(
  marks: readonly Mark[],
  weakening: Weakening | undefined,
): readonly Mark[] {
  if (weakening === "orphans cleared") return marks.filter(({ writers }) => writers === 0);
  const known = weakening === "orphans not counted as moved";
  return marks.map((mark) =>
    mark.writers === 0 ? mark : { ...mark, writers: 0, moved: mark.moved || !known },
  );
}

function emitOrphans({ state, weakening, emit }: Context): void {
  const among = weakening === "orphans settled among writers";
  const free = state.exclusive === "" && state.sharing.length === 0;
  if (!state.marks.some(({ writers }) => writers > 0) || !(free || among)) return;
  const marks = orphansSettled(state.marks, weakening);
  const how = among ? "" : "with the writers lock held exclusively, ";
  emit("recovery", `${how}settles orphans`, { ...state, marks });
}

/** Whoever finds a commit whose process died gives the record a new generation. */
function emitMending({ state, weakening, emit }: Context): void {
  if (state.committer !== "dead" || weakening === "generation of a dead commit is not mended")
    return;
  const generation = state.generation + 1;
  emit("recovery", `generation ${generation}`, { ...state, committer: "", generation });
}

/** What any process may do when it finds traces of a dead one. */
export function emitRecovery(context: Context): void {
  emitOrphans(context);
  emitMending(context);
}
