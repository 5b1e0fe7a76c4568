import { type Mark, markOf, standsForAll } from "./mark.ts";
import type { ModelState } from "./model-state.ts";
import { routes } from "./stage.ts";
import { keysIn, type Store, valueIn } from "./store.ts";

/** What must hold in every state. */
export interface Invariant {
  readonly name: string;
  /** In plain words. */
  readonly says: string;
  holds(state: ModelState): boolean;
}

/** Keys of both stores whose place is promised: neither moved nor being written. */
function placed(authority: Store, mirror: Store, marks: readonly Mark[]): string {
  const inBoth = Array.from(keysIn(authority)).filter((key) => mirror.includes(key));
  const sure = inBoth.filter((key) => {
    const mark = markOf(marks, key);
    return mark === undefined || (mark.writers === 0 && !mark.moved);
  });
  return sure.join("");
}

function covered(authority: Store, mirror: Store, marks: readonly Mark[]): boolean {
  if (authority === mirror || marks.some(standsForAll)) return true;
  const keys = new Set(keysIn(authority) + keysIn(mirror));
  for (const key of keys) {
    const equal = valueIn(authority, key) === valueIn(mirror, key);
    if (!equal && markOf(marks, key) === undefined) return false;
  }
  return placed(authority, mirror, marks) === placed(mirror, authority, marks);
}

function marksCover(state: ModelState): boolean {
  const { authority, mirror } = routes[state.stage];
  return mirror === undefined || covered(state[authority], state[mirror], state.marks);
}

const noticed = (state: ModelState, what: string): boolean => !state.wrong.startsWith(what);

/** The invariants, in the order in which they are asked. */
export const invariants: readonly Invariant[] = [
  {
    name: "nothing stale is written",
    says: "A write decided under one epoch never lands under another, nor in a store that is not the authority at that instant.",
    holds: (state) => noticed(state, "a write"),
  },
  {
    name: "nothing stale is applied",
    says: "What a drain applies never lands under another epoch than that in which it was read.",
    holds: (state) => noticed(state, "an apply"),
  },
  {
    name: "reads are current",
    says: "What a read returns is what the authority held at some moment between the read's beginning and its end.",
    holds: (state) => noticed(state, "a read"),
  },
  {
    name: "one authority in an epoch",
    says: "No epoch ever has two authorities.",
    holds: (state) => noticed(state, "epoch"),
  },
  {
    name: "no write is lost",
    says: "The authority holds, in value, presence and order, what all writes make of the first state, one after the other; also after a switch, and after a reverse.",
    holds: (state) => state[routes[state.stage].authority] === state.truth,
  },
  {
    name: "marks cover every difference",
    says: "Where the mirror differs from the authority, a mark is on it; where a record has another place, on a mark that says so. So a mark is only ever cleared when both are equal.",
    holds: marksCover,
  },
];

/** The name of the law that {@link comesToRest} belongs to. */
export const restName = "it can always come to rest";

/** What it says. */
export const restSays =
  "From every state there is a way to an end in which no lock is held, nobody waits, no mark is left and both stores are equal.";

/** Whether everything is at rest: nobody is at anything, and both stores are equal. */
export function comesToRest(state: ModelState): boolean {
  const { authority, mirror } = routes[state.stage];
  const free = state.drainLock === "" && state.exclusive === "" && state.sharing.length === 0;
  const equal =
    mirror === undefined || (state.marks.length === 0 && state[mirror] === state[authority]);
  return (
    free &&
    equal &&
    state.committer === "" &&
    state.late.length === 0 &&
    state.reader.step === "idle" &&
    state.writers.every(({ step }) => step === "idle" || step === "dead") &&
    state.drains.every(({ work }) => work === undefined) &&
    state.operators.every(({ step }) => step === "idle")
  );
}
