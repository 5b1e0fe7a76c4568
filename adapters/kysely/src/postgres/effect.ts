import type { JsonValue, StorageError } from "@cutover/core";
import type { SqlTable } from "../driver/sql-table.ts";

/** The answer to one operation; what the server has to say of it is filled in later. */
export interface Answer {
  count: number;
  value?: JsonValue;
  removed?: string[];
  refused?: StorageError;
}

/** One change that an operation comes down to. */
export type Effect = { readonly table: SqlTable; readonly answer: Answer } & (
  | {
      readonly type: "put" | "insert";
      readonly key: string;
      readonly value: JsonValue;
      /** When it counts as expired what lies there. */
      readonly nowMs: number;
    }
  /** `counts`: the answer tells whether the record was there. */
  | { readonly type: "delete"; readonly key: string; readonly counts: boolean }
  | { readonly type: "clear"; readonly counts: boolean }
  | { readonly type: "deleteExpired"; readonly atMs: number }
);
