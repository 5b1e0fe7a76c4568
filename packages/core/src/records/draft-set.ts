import type { WriteOperation, WriteResult } from "../backend/storage-driver.ts";
import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { applyOperation } from "./apply-operation.ts";
import { Draft, type DraftChanges, type RecordSource } from "./draft.ts";

/** Finds the records of a collection. */
export type SourceOf = (collection: CollectionDefinition) => RecordSource;

/** What one collection's draft changes. */
export interface CollectionChanges {
  readonly definition: CollectionDefinition;
  readonly changes: DraftChanges;
}

/** Drafts of several collections that are committed or dropped together. */
export class DraftSet {
  private readonly source: SourceOf;
  private readonly drafts = new Map<string, Draft>();

  constructor(source: SourceOf) {
    this.source = source;
  }

  /** The draft of a collection, begun at first use. */
  of(collection: CollectionDefinition): Draft {
    let draft = this.drafts.get(collection.name);
    if (draft === undefined) {
      draft = new Draft(collection, this.source(collection));
      this.drafts.set(collection.name, draft);
    }
    return draft;
  }

  /**
   * Applies operations in sequence.
   *
   * @throws what {@link applyOperation} throws; the set is then to be dropped
   */
  apply(operations: readonly WriteOperation[], nowMs: number): WriteResult[] {
    return operations.map((operation) =>
      applyOperation(this.of(operation.collection), operation, nowMs),
    );
  }

  /** A set laid over this one: one caller's part of a commit that several share. */
  nested(): DraftSet {
    return new DraftSet((collection) => this.of(collection));
  }

  /** Takes over what a nested set has changed. */
  absorb(nested: DraftSet): void {
    for (const { definition, changes } of nested.changed()) this.of(definition).absorb(changes);
  }

  /** Collections that were written to. */
  changed(): CollectionChanges[] {
    const changed: CollectionChanges[] = [];
    for (const { definition, changes } of this.drafts.values()) {
      if (changes !== undefined) changed.push({ definition, changes });
    }
    return changed;
  }
}
