import type { JsonValue } from "@cutover/core";
import type { DocumentChange, EditOptions } from "./change.ts";
import { applyChanges } from "./edit.ts";
import { findingsOf } from "./findings-of.ts";
import type { DocumentFinding } from "./finding.ts";
import type { DocumentFormat } from "./format.ts";
import { appendChunk } from "./group.ts";
import type { DocumentLayout } from "./layout.ts";
import { corrupt } from "./position.ts";
import type { JsonRecord } from "./record.ts";
import type { DocumentState } from "./state.ts";

/**
 * A JSON file as an ordered list of records over its exact bytes. Immutable: {@link edit} returns
 * another document that shares the bytes of everything that did not change.
 */
export class JsonDocument {
  /** The parts, for code of this folder; their shape is no promise. */
  readonly state: DocumentState;

  constructor(state: DocumentState) {
    this.state = state;
  }

  get file(): string {
    return this.state.file;
  }

  get layout(): DocumentLayout {
    return this.state.layout;
  }

  get format(): DocumentFormat {
    return this.state.format;
  }

  /** Number of records, opaque ones included. */
  get size(): number {
    return this.state.count;
  }

  /** Number of records that cannot be read. */
  get opaqueCount(): number {
    return this.state.opaqueCount;
  }

  /** Length of the file in bytes. */
  get sizeBytes(): number {
    const { head, firstGap, groups, lastGap, tail } = this.state;
    let size = head.length + firstGap.length + lastGap.length + tail.length;
    groups.forEach((group, index) => {
      size += group.bytes.length + (index === 0 ? 0 : group.lead.length);
    });
    return size;
  }

  /** The record with this key, opaque or not; of two with one key, the first. */
  get(key: string): JsonRecord | undefined {
    return this.state.index.get(key);
  }

  /**
   * The value of the record with this key, parsed once and shared: do not change it.
   * @returns undefined when there is no such record.
   * @throws StorageError CORRUPT_DATA with position and path when the record is opaque.
   */
  value(key: string): JsonValue | undefined {
    const record = this.get(key);
    return record === undefined ? undefined : this.read(record);
  }

  /**
   * The value of a record of this document, parsed once and shared: do not change it.
   * @throws StorageError CORRUPT_DATA with position and path when the record is opaque.
   */
  read(record: JsonRecord): JsonValue {
    const problem = this.problem(record);
    if (problem !== undefined) throw corrupt(problem.message, problem.position);
    return record.value();
  }

  /** The records in file order, opaque ones included. */
  *records(): IterableIterator<JsonRecord> {
    for (const group of this.state.groups) yield* group.records;
  }

  /** The records from the file's end to its beginning, opaque ones included. */
  *recordsBackward(): IterableIterator<JsonRecord> {
    for (const group of this.state.groups.toReversed()) yield* group.records.toReversed();
  }

  /** Everything that cannot be read, in file order, with its place in the bytes of this document. */
  findings(): DocumentFinding[] {
    return findingsOf(this.state);
  }

  /** Why `record` cannot be read, with its place in this document; undefined when it can. */
  problem(record: JsonRecord): DocumentFinding | undefined {
    return record.isOpaque ? findingsOf(this.state, record)[0] : undefined;
  }

  /**
   * The document after `changes`, applied one after another. A change that changes nothing keeps
   * every byte; when none changes anything, this very document is returned.
   * @throws StorageError CORRUPT_DATA when a change would overwrite or remove an opaque record and
   * `replaceOpaque` is not set; INVALID_VALUE when a value for an array layout lacks its key;
   * INVALID_KEY for a key no document can hold.
   */
  edit(changes: Iterable<DocumentChange>, options: EditOptions = {}): JsonDocument {
    const next = applyChanges(this.state, changes, options);
    return next === this.state ? this : new JsonDocument(next);
  }

  /** The bytes of the file as few buffers, ready for `writev`: views, shared between documents. */
  chunks(): Buffer[] {
    const { head, firstGap, groups, lastGap, tail } = this.state;
    const chunks: Buffer[] = [];
    appendChunk(chunks, head);
    appendChunk(chunks, firstGap);
    groups.forEach((group, index) => {
      if (index > 0) appendChunk(chunks, group.lead);
      appendChunk(chunks, group.bytes);
    });
    appendChunk(chunks, lastGap);
    appendChunk(chunks, tail);
    return chunks;
  }
}
