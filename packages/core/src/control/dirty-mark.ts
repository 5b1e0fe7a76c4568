/** What may differ between both stores: a record, or a whole collection. */
export interface MarkTarget {
  readonly collection: string;
  /** Undefined: everything in the collection, order included. */
  readonly key: string | undefined;
}

/** A mark for something that nobody is writing. */
export interface NewMark extends MarkTarget {
  /** The record may have another place than before. */
  readonly moved: boolean;
}

/** What became of the write behind a mark. */
export interface SettledWrite {
  /** The number that `mark` returned. */
  readonly mark: number;
  readonly targets: readonly MarkTarget[];
  /** Records that were removed, whether or not they came back: they have a new place. */
  readonly moved: readonly MarkTarget[];
}

/** A durable sign that something may differ between both stores. */
export interface DirtyMark extends MarkTarget {
  /** Of the latest write that marked it; grows with every mark in the store. */
  readonly number: number;
  /** Writers that marked it and have not settled. Only a mark without any may be cleared. */
  readonly writers: number;
  readonly moved: boolean;
  /** When it was first marked. Milliseconds since 1970. */
  readonly sinceMs: number;
}

/** How much of a unit is marked. */
export interface DirtyCount {
  readonly keys: number;
  /** Collections of which everything is marked. */
  readonly collections: readonly string[];
  /** Marks whose writer has not settled. */
  readonly writing: number;
  /** When the oldest mark was made, in milliseconds since 1970; undefined without marks. */
  readonly oldestMs: number | undefined;
}
