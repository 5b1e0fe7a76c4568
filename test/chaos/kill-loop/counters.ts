import { type CollectionDefinition, defineCollection, integer } from "@cutover/core";

type Count = { n: number };
export const counters: CollectionDefinition<Count> = defineCollection<Count>({
  name: "counters",
  fields: { n: integer() },
});
export const ledger: CollectionDefinition<Count> = defineCollection<Count>({
  name: "ledger",
  fields: { n: integer() },
});
/** They share transactions. */
export const collections: readonly CollectionDefinition<Count>[] = [counters, ledger];
