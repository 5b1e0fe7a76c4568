import type { CollectionDefinition, CollectionOperations, Transaction } from "@cutover/core";
import { trusted } from "../proof/trusted.ts";
import { overlay } from "./mutant.ts";

/** A write, to be made again in another transaction. */
export type Recorded = (tx: Transaction) => Promise<unknown>;
const recordable = [
  "insert",
  "put",
  "patch",
  "delete",
  "clear",
  "replaceAll",
  "putMany",
  "deleteMany",
  "deleteExpired",
  "update",
] as const;

/** Notes every write that is made through a transaction, so that it can be made again. */
export function recording(tx: Transaction, record: (write: Recorded) => void): Transaction {
  const collection = (definition: CollectionDefinition): CollectionOperations => {
    const inner = tx.collection(definition);
    const writes = Object.fromEntries(
      recordable.map((name) => [
        name,
        (...call: readonly unknown[]) => {
          const again = structuredCall(call);
          record((later) => {
            const target = later.collection(definition);
            return Reflect.apply(target[name], target, again);
          });
          return Reflect.apply(inner[name], inner, call);
        },
      ]),
    );
    return overlay(inner, writes);
  };
  return { collection: trusted(collection) };
}

function structuredCall(call: readonly unknown[]): unknown[] {
  return call.map((part) => {
    if (typeof part === "function" || part instanceof AbortSignal) return part;
    if (typeof part === "object" && part !== null && "signal" in part) return {};
    return structuredClone(
      Array.isArray(part) || !(typeof part === "object" && part !== null && Symbol.iterator in part)
        ? part
        : [...trusted<Iterable<unknown>>(part)],
    );
  });
}
