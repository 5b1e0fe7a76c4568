import type { Clause, Topic } from "./clause.ts";
import { keys } from "./clauses/keys.ts";

/** The whole contract. */
export const topics: readonly Topic[] = [keys];

/** Every clause of the contract. */
export const clauses: readonly Clause[] = topics.flatMap((topic) => topic.clauses);
