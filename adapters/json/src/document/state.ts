import type { DocumentFormat } from "./format.ts";
import type { RecordGroup } from "./group.ts";
import type { KeyIndex } from "./key-index.ts";
import type { DocumentLayout } from "./layout.ts";

/** The bytes around and between records, as new records get them. */
export interface RecordStyle {
  /** Between the opening bracket and the first record. */
  readonly firstGap: Buffer;
  /** Between two records, comma included. */
  readonly separator: Buffer;
  /** Between the last record and the closing bracket. */
  readonly lastGap: Buffer;
  /** Between a record's name and its value, in an object layout. */
  readonly colon: string;
  /** White space that begins the line a record stands on. */
  readonly indentation: string;
  /** Containers around a record's value. */
  readonly depth: number;
}

/** Everything a document is made of. Immutable; an edit makes another one that shares most parts. */
export interface DocumentState {
  readonly file: string;
  readonly layout: DocumentLayout;
  readonly format: DocumentFormat;
  readonly style: RecordStyle;
  /** Up to and including the bracket that opens the records. */
  readonly head: Buffer;
  readonly firstGap: Buffer;
  readonly groups: readonly RecordGroup[];
  readonly lastGap: Buffer;
  /** From the bracket that closes the records on. */
  readonly tail: Buffer;
  /** Of two records with one key, the first. */
  readonly index: KeyIndex;
  readonly count: number;
  readonly opaqueCount: number;
}
