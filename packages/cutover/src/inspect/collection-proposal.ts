import type { FieldDeclaration, FileMapping, RecordOrder } from "@cutover/core";

/** A collection as a file suggests it; `defineCollection` accepts it as it is. */
export interface CollectionProposal {
  readonly name: string;
  readonly key?: string;
  readonly fields: Readonly<Record<string, FieldDeclaration>>;
  readonly indexes: readonly string[];
  readonly search: readonly string[];
  readonly order: RecordOrder;
  readonly file: FileMapping;
}
