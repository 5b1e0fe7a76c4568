import {
  boolean,
  defineCollection,
  integer,
  json,
  real,
  text,
  timestamp,
  type CollectionDefinition,
  type CollectionOptions,
} from "@cutover/core";
import { manyRecords, type BenchmarkRecord } from "@cutover/fixtures";

/** A record with its key, as the writers of all contestants take it. */
export type ModelEntry = readonly [key: string, value: BenchmarkRecord];

/** What the collection that is measured is made of: 16 members, all declared, one index that is not unique. */
export const modelOptions = {
  name: "models",
  key: "filename",
  fields: {
    filename: text(),
    url: text(),
    url_source: text(),
    source: text(),
    hf_repo: text(),
    hf_path: text(),
    model_type: text(),
    directory: text(),
    path: text(),
    description: text(),
    cached_at: timestamp({ as: "iso-local" }),
    scanned_at: timestamp({ as: "iso-local" }),
    size_bytes: integer(),
    rating: real(),
    from_download: boolean(),
    tags: json(),
  },
  indexes: ["hf_repo"],
} as const satisfies CollectionOptions<BenchmarkRecord>;

/** The collection that is measured. */
export const models: CollectionDefinition<BenchmarkRecord> =
  defineCollection<BenchmarkRecord>(modelOptions);

/** The members in the order of the columns. */
export const columns = [
  "filename",
  "url",
  "url_source",
  "source",
  "hf_repo",
  "hf_path",
  "model_type",
  "directory",
  "path",
  "description",
  "cached_at",
  "scanned_at",
  "size_bytes",
  "rating",
  "from_download",
  "tags",
] as const;

/** The same records in every run. */
export function modelEntries(count: number): ModelEntry[] {
  return Array.from(manyRecords(count), ({ key, value }) => [key, value] as const);
}

/** Walks through a list in an order that no cache can guess, the same in every run. */
export function picker<T>(list: readonly T[]): (index: number) => T {
  // A prime far from the sizes in use: every element has its turn.
  const stride = 7919;
  return (index) => {
    const picked = list[(index * stride) % list.length];
    if (picked === undefined) throw new RangeError("there is nothing to pick from");
    return picked;
  };
}

/** The record with a size that no other write gives it: a put that has to be written. */
export function changed(value: BenchmarkRecord, index: number): BenchmarkRecord {
  return { ...value, size_bytes: 4_000_000_000 + index };
}
