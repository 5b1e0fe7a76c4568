import type { Collection, Filter } from "@cutover/core";
import type { Clause } from "../clause.ts";
import { items, type Item } from "./collections.ts";
import { finds } from "./keys-found.ts";
import { liveAndReopened } from "./live-and-reopened.ts";
import { trusted } from "./trusted.ts";

/** Values by key, of whatever shape. */
export type Records = Readonly<Record<string, unknown>>;
type Expectation = readonly [where: Filter<Item>, keys: string];

/** Puts records, then asserts what each filter finds, live and reopened. */
export function filtered(records: Records, expectations: readonly Expectation[]): Clause["run"] {
  return (context) =>
    liveAndReopened(context, {
      collections: [items],
      write: async (backend) => {
        // Misfits and values that are no objects are written on purpose.
        await backend.collection(items).putMany(trusted<[string, Item][]>(Object.entries(records)));
      },
      check: async (backend) => {
        const collection: Collection<Item> = backend.collection(items);
        for (const [where, keys] of expectations) await finds(collection, where, keys);
      },
    });
}
