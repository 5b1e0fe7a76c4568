import { contest, type Contestant, type Timing } from "../contest.ts";
import { changed, picker } from "../stores/models.ts";
import type { GrowthStage, GrownStore } from "./growth-stage.ts";

/** What is asked of a store of each size. */
export type GrownOperation = "get" | "put" | "query";

const turnMs = 25;
const mostOperations = 1000;
/** Indexes that no turn of a contest comes to. */
const beyondTurns = 1_000_000_000;
const limit = 50;
const least = 1000;

type Ask = (index: number) => unknown;

/** The operation of a store, or undefined where it has none. Every put has a value of its own. */
function askOf(grown: GrownStore, stage: GrowthStage, operation: GrownOperation): Ask | undefined {
  const { store } = grown;
  const entryAt = picker(stage.sample);
  if (operation === "get") return (index) => store.get(entryAt(index)[0]);
  if (operation === "put") {
    return (index) => store.put(entryAt(index)[0], changed(entryAt(index)[1], index));
  }
  const { query } = store;
  return query && ((index) => query(entryAt(index)[1].model_type, least, limit));
}

/** How many fit into a turn: from a microsecond to a second, stores differ that much. */
async function operationsIn(ask: Ask, asynchronous: boolean): Promise<number> {
  let quickest = Infinity;
  for (let attempt = 1; attempt <= 3; attempt++) {
    const start = performance.now();
    const answer = ask(beyondTurns + attempt);
    if (asynchronous) await answer;
    quickest = Math.min(quickest, performance.now() - start);
    if (quickest > turnMs) break;
  }
  return Math.min(mostOperations, Math.max(1, Math.round(turnMs / quickest)));
}

/** Compares all stores of a stage that have the operation. */
export async function growthContest(
  stage: GrowthStage,
  operation: GrownOperation,
  rounds: number,
): Promise<Timing[]> {
  const contestants: Contestant[] = [];
  for (const grown of stage.stores) {
    const ask = askOf(grown, stage, operation);
    if (ask === undefined) continue;
    const { promises } = grown.kind;
    const asynchronous = operation === "query" || promises[operation];
    const operations = await operationsIn(ask, asynchronous);
    contestants.push({ name: grown.name, asynchronous, operation: ask, operations });
  }
  return contest(contestants, { rounds, operations: 1 });
}
