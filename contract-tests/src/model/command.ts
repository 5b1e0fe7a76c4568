import type { AggregateQuery, Filter, Query, SearchQuery } from "@cutover/core";

/** Which version a conditional write names: what is there, what is not, or none at all. */
export type NamedVersion = "right" | "wrong" | undefined;

/** What an update does to what it finds. */
export type Change =
  | { readonly kind: "count" }
  | { readonly kind: "set"; readonly value: unknown }
  | { readonly kind: "throw" }
  | { readonly kind: "nothing" };

type Pairs = readonly (readonly [key: string, value: unknown])[];

/** One call on one collection, as data. */
export type CollectionCommand = { readonly on: string } & (
  | { readonly call: "get" | "has" | "entry"; readonly key: string }
  | { readonly call: "getMany" | "deleteMany"; readonly keys: readonly string[] }
  | { readonly call: "insert"; readonly key: string; readonly value: unknown }
  | {
      readonly call: "put" | "patch";
      readonly key: string;
      readonly value: unknown;
      readonly ifVersion: NamedVersion;
    }
  | { readonly call: "update"; readonly key: string; readonly change: Change }
  | { readonly call: "delete"; readonly key: string; readonly ifVersion: NamedVersion }
  | { readonly call: "clear" }
  | { readonly call: "replaceAll" | "putMany"; readonly entries: Pairs }
  | { readonly call: "find"; readonly query: Query }
  | { readonly call: "count"; readonly where: Filter | undefined }
  | { readonly call: "aggregate"; readonly query: AggregateQuery }
  | { readonly call: "search"; readonly words: string; readonly query: SearchQuery }
  | { readonly call: "deleteExpired"; readonly inMs: number | undefined }
  | { readonly call: "refused"; readonly what: string }
);

/** One call on the store, or what happens to it. */
export type StoreCommand =
  | {
      readonly call: "iterate";
      readonly on: string;
      readonly where: Filter | undefined;
      readonly take: number;
    }
  | {
      readonly call: "walk";
      readonly on: string;
      readonly query: Query;
      readonly size: number;
      readonly between: readonly CollectionCommand[];
    }
  | {
      readonly call: "transaction";
      readonly commands: readonly CollectionCommand[];
      readonly end: "return" | "throw" | "rethrow";
    }
  | { readonly call: "together"; readonly commands: readonly CollectionCommand[] }
  | { readonly call: "clock"; readonly byMs: number }
  | { readonly call: "info" }
  | { readonly call: "reopen" };

/** One step of a sequence. */
export type Command = CollectionCommand | StoreCommand;
