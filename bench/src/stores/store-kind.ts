import type { BenchmarkRecord } from "@cutover/fixtures";
import type { ModelEntry } from "./models.ts";

/** The same records in a store of one kind, as all who are compared can do it. */
export interface Store {
  readonly get: (key: string) => unknown;
  /** Resolves when the library says that the record is written; whether it is durable then is measured. */
  readonly put: (key: string, value: BenchmarkRecord) => unknown;
  /** New records in the quickest way that the library's manual names. */
  readonly fill: (entries: readonly ModelEntry[]) => Promise<void>;
  /** Absent where the library has no call for it. */
  readonly getMany?: (keys: readonly string[]) => unknown;
  /** Many records in one call of the library; `clear` removes them again. */
  readonly batch?: {
    readonly putMany: (entries: readonly ModelEntry[]) => unknown;
    readonly clear: () => unknown;
  };
  /** The first `limit` records by key with this type and at least this size. */
  readonly query?: (type: string, least: number, limit: number) => unknown;
  /** Walks through all records and counts them. */
  readonly count?: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** A library, and how it is set up here. */
export interface StoreKind {
  readonly id: string;
  /** As tables and plots name it. */
  readonly name: string;
  /** One sentence for a reader who knows the library. */
  readonly setup: string;
  /** What it does not do that ours does, in few words, where that makes it quicker. */
  readonly caution?: string;
  /** Whether it takes seconds to fill: only the full form has the time. */
  readonly slowToFill?: boolean;
  /** Whether `get` and `put` promise. A synchronous one is not awaited, so as not to pay for it. */
  readonly promises: { readonly get: boolean; readonly put: boolean };
  /** Opens what is in the folder, or an empty store. */
  readonly open: (folder: string) => Promise<Store>;
}

/** The name with the caution, as tables have it. */
export function labelOf({ name, caution }: StoreKind): string {
  return caution === undefined ? name : `${name} (${caution})`;
}
