import type { FilePosition, JsonValue } from "@cutover/core";
import type { DocumentFinding } from "./finding.ts";
import type { DocumentLayout } from "./layout.ts";
import { renderPath } from "./path.ts";
import { corrupt, type LineTracker } from "./position.ts";
import type { JsonRecord } from "./record.ts";

/** Where a slice was cut from. */
export interface SlicePlace {
  readonly file: string;
  /** Offset of the record in the window that `tracker` covers. */
  readonly at: number;
  readonly tracker: LineTracker;
  readonly layout: DocumentLayout;
  /** Place among all records of the file. */
  readonly index: number;
}

/**
 * One record of a file that is read as a stream. Holds on to the window it was cut from: keep its
 * value or a copy of its bytes, not the slice, where many are collected.
 */
export class RecordSlice {
  /** Undefined where there is no key that could be looked up; then there is a problem, too. */
  readonly key: string | undefined;
  /** Why the record cannot be read; undefined when it can. */
  readonly problem: DocumentFinding | undefined;
  readonly #record: JsonRecord;
  readonly #place: SlicePlace;

  constructor(record: JsonRecord, place: SlicePlace, problem?: DocumentFinding) {
    this.key = record.key;
    this.problem = problem;
    this.#record = record;
    this.#place = place;
  }

  /** Exactly the bytes of the value; a view, not a copy. */
  get bytes(): Buffer {
    return this.#record.bytes;
  }

  /** The bytes of the whole item: in an object layout the name, the colon and the value. */
  get item(): Buffer {
    return this.#record.item;
  }

  /** Where the record begins: its name in an object layout, its value in an array layout. */
  get position(): FilePosition {
    const { tracker, file, at, layout, index } = this.#place;
    const step = layout.shape === "object" ? this.key : index;
    return tracker.position(file, at, renderPath([...layout.at, step]));
  }

  /**
   * The value, parsed at the first call; later calls give the same object.
   * @throws StorageError CORRUPT_DATA with position and path when there is a problem.
   */
  value(): JsonValue {
    if (this.problem !== undefined) throw corrupt(this.problem.message, this.problem.position);
    return this.#record.value();
  }
}
