import type { Stores } from "../stores/stores.ts";

/** Hands out the stores, request by request. */
export interface StoresSource {
  /** Runs `work` with the stores that are in charge. They are not to be kept. */
  use<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
}

/** Always the same stores; who opened them closes them. */
export function fixedStores(stores: Stores): StoresSource {
  return { use: (work) => work(stores) };
}
