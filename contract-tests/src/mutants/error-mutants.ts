import { isStorageError, StorageError } from "@cutover/core";
import { trusted } from "../proof/trusted.ts";
import { everyCall } from "./every-call.ts";
import { inCollections, type Mutant } from "./mutant.ts";

/** Errors that are none, or that say too little or too much. */
export const errorMutants: readonly Mutant[] = [
  inCollections({ name: "error-is-absence", breaks: "an error is never an absence" }, (inner) => ({
    get: (key, options) => inner.get(key, options).catch(() => undefined),
    has: (key, options) => inner.has(key, options).catch(() => false),
    find: (query) => inner.find(query).catch(() => []),
  })),
  everyCall("errors-without-code", "errors are StorageErrors", async (inner, call) => {
    try {
      return await inner(...call);
    } catch (error) {
      throw isStorageError(error) ? new Error(error.message) : error;
    }
  }),
  everyCall("errors-name-nothing", "an error names backend and operation", async (inner, call) => {
    try {
      return await inner(...call);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      const { backend: _, operation: __, ...details } = error.details;
      throw new StorageError(error.code, error.message, details);
    }
  }),
  everyCall("errors-show-values", "no record's value is in a message", async (inner, call) => {
    try {
      return await inner(...call);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      const shown = call
        .map((part) => (typeof part === "bigint" || typeof part === "symbol" ? "?" : safely(part)))
        .join(", ");
      throw new StorageError(error.code, `${error.message} (${shown})`, error.details);
    }
  }),
  everyCall("errors-thrown-at-once", "a refusal is a rejection, not a throw", (inner, call) => {
    const [key] = call;
    if (key === "") throw new StorageError("INVALID_KEY", "the key is empty");
    return trusted(inner(...call));
  }),
];

function safely(part: unknown): string {
  try {
    return JSON.stringify(part) ?? String(part);
  } catch {
    return "?";
  }
}
