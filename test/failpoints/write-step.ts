import { isStorageError, type StorageBackend, type Transaction } from "@cutover/core";
import { collections, type CollectionName, type Row } from "./subject.ts";

type Rows = readonly (readonly [key: string, row: Row])[];

/** One call of an application, as data, so that it can be written down and done again elsewhere. */
export type WriteStep =
  | {
      readonly do: "put" | "insert" | "patch" | "add";
      readonly in: CollectionName;
      readonly key: string;
      readonly row: Row;
    }
  | { readonly do: "delete"; readonly in: CollectionName; readonly key: string }
  | { readonly do: "putMany" | "replaceAll"; readonly in: CollectionName; readonly rows: Rows }
  | { readonly do: "clear" | "sweep"; readonly in: CollectionName }
  | { readonly do: "transaction"; readonly steps: readonly WriteStep[] };

async function takeOne(target: Transaction, step: WriteStep): Promise<unknown> {
  if (step.do === "transaction") return undefined;
  const collection = target.collection(collections[step.in]);
  switch (step.do) {
    case "put":
      return collection.put(step.key, step.row);
    case "insert":
      return collection.insert(step.key, step.row);
    case "patch":
      return collection.patch(step.key, step.row);
    case "add":
      return collection.update(step.key, (row = { n: 0 }) => ({ ...row, n: row.n + step.row.n }));
    case "delete":
      return collection.delete(step.key);
    case "putMany":
      return collection.putMany(step.rows);
    case "replaceAll":
      return collection.replaceAll(step.rows);
    case "clear":
      return collection.clear();
    default:
      return collection.deleteExpired();
  }
}

/** Makes the call. A value that is claimed already is an outcome like any other. */
export async function takeStep(backend: StorageBackend, step: WriteStep): Promise<void> {
  try {
    if (step.do !== "transaction") await takeOne(backend, step);
    else
      await backend.transaction(async (tx) => {
        for (const part of step.steps) await takeOne(tx, part);
      });
  } catch (error) {
    if (!isStorageError(error, "ALREADY_EXISTS")) throw error;
  }
}
