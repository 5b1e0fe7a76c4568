import {
  defineCollection,
  integer,
  text,
  type CollectionDefinition,
  type ErrorCode,
} from "@cutover/core";

export const notes: CollectionDefinition<{ by: string }> = defineCollection<{ by: string }>({
  name: "notes",
  fields: { by: text() },
});

export const counters: CollectionDefinition<{ count: number }> = defineCollection<{
  count: number;
}>({ name: "counters", fields: { count: integer() } });

/** What a writer has done. */
export interface Report {
  /** Keys whose insertion was acknowledged. */
  readonly inserted: readonly string[];
  /** How many of them since it was told to mark. */
  readonly insertedSince: number;
  /** Increments that were acknowledged. */
  readonly increments: number;
  /** Writes of which nobody knows whether they took place. */
  readonly unknown: number;
  readonly errors: Partial<Record<ErrorCode, number>>;
  readonly longestPauseMs: number;
}
