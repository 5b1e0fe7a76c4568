import assert from "node:assert/strict";
import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import type { ClauseContext, OpenOptions } from "../clause.ts";

/** A state to bring about, and what then holds of it. */
export interface Lasting {
  readonly collections: readonly CollectionDefinition[];
  readonly options?: OpenOptions;
  readonly write: (backend: StorageBackend) => Promise<void>;
  readonly check: (backend: StorageBackend) => Promise<void>;
}

/**
 * Checks a state live, and again after the store was closed and opened. A store that promises no
 * durability must then be empty.
 */
export async function liveAndReopened(context: ClauseContext, lasting: Lasting): Promise<void> {
  const { collections, options, write, check } = lasting;
  const backend = await context.open(collections, options);
  await write(backend);
  await check(backend);
  const again = await context.reopen(backend);
  if (context.capabilities.durability !== "none") return check(again);
  for (const definition of collections)
    assert.equal(
      await again.collection(definition).count(),
      0,
      "a store without durability kept data",
    );
}
