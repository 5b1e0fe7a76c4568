import type { Clause, Topic } from "./clause.ts";
import { abort } from "./clauses/abort.ts";
import { aggregates } from "./clauses/aggregates.ts";
import { backup } from "./clauses/backup.ts";
import { batches } from "./clauses/batches.ts";
import { close } from "./clauses/close.ts";
import { durability } from "./clauses/durability.ts";
import { errors } from "./clauses/errors.ts";
import { expiry } from "./clauses/expiry.ts";
import { info } from "./clauses/info.ts";
import { iteration } from "./clauses/iteration.ts";
import { keys } from "./clauses/keys.ts";
import { lossless } from "./clauses/lossless.ts";
import { multiProcess } from "./clauses/multi-process.ts";
import { order } from "./clauses/order.ts";
import { ownership } from "./clauses/ownership.ts";
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
  ownership,
  errors,
  abort,
  close,
  info,
  backup,
  durability,
  multiProcess,
];

/** Every clause of the contract. */
export const clauses: readonly Clause[] = topics.flatMap((topic) => topic.clauses);
