import type { Clause, Topic } from "./clause.ts";
import { aggregates } from "./clauses/aggregates.ts";
import { batches } from "./clauses/batches.ts";
import { expiry } from "./clauses/expiry.ts";
import { iteration } from "./clauses/iteration.ts";
import { keys } from "./clauses/keys.ts";
import { lossless } from "./clauses/lossless.ts";
import { order } from "./clauses/order.ts";
import { pages } from "./clauses/pages.ts";
import { queries } from "./clauses/queries.ts";
import { search } from "./clauses/search.ts";
import { sorting } from "./clauses/sorting.ts";
import { transactions } from "./clauses/transactions.ts";
import { unique } from "./clauses/unique.ts";
import { update } from "./clauses/update.ts";
import { values } from "./clauses/values.ts";
import { writes } from "./clauses/writes.ts";

/** The whole contract, in the order in which it is read. */
export const topics: readonly Topic[] = [
  keys,
  values,
  lossless,
  order,
  writes,
  update,
  unique,
  batches,
  transactions,
  queries,
  sorting,
  pages,
  iteration,
  aggregates,
  search,
  expiry,
];

/** Every clause of the contract. */
export const clauses: readonly Clause[] = topics.flatMap((topic) => topic.clauses);
