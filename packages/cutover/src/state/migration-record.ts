import type { JsonObject, JsonValue } from "@cutover/core";

/** The stores a data folder can be served from. */
export type BackendKind = "json" | "sqlite";

/** A JSON file as it was when the folder was migrated; it is kept, and compared ever after. */
export interface OriginalFile {
  /** Relative to the data folder, with `/`. */
  readonly file: string;
  /** Of all its bytes, in lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Time of its last change, UTC in ISO 8601. */
  readonly mtime?: string;
}

/** One entry of the folder's history. */
export interface MigrationStep {
  /** UTC in ISO 8601. */
  readonly at: string;
  /** `migrate`, `rollback`, `restore`, `create`, … */
  readonly action: string;
  /** What else is worth keeping; never values of records. */
  readonly [detail: string]: JsonValue;
}

/**
 * Which store of a data folder is in charge. It lies in `<folder>/.cutover/record.json`, and it
 * alone decides: configuration, environment and flags can only ask.
 */
export interface MigrationRecord {
  readonly format: 1;
  /** The store in charge. */
  readonly backend: BackendKind;
  /** Grows by one with every change of the record. */
  readonly epoch: number;
  /** The database's file, relative to the data folder, with `/`. */
  readonly database: string;
  /** Digest of the collections' definitions at the last migration. */
  readonly configDigest?: string;
  readonly originals: readonly OriginalFile[];
  readonly steps: readonly MigrationStep[];
}

/** The format this version reads and writes. */
export const recordFormat = 1;

/** What a change of the record may set; the rest stays as it was. */
export interface RecordChange {
  readonly backend?: BackendKind;
  readonly database?: string;
  readonly configDigest?: string;
  readonly originals?: readonly OriginalFile[];
  readonly step: MigrationStep;
}

/**
 * The record after a change: one epoch on, one step longer.
 * @param current - undefined for a folder that has none yet, which is served from its JSON files
 */
export function nextRecord(
  current: MigrationRecord | undefined,
  change: RecordChange & { readonly database: string },
): MigrationRecord {
  const configDigest = change.configDigest ?? current?.configDigest;
  return {
    format: recordFormat,
    backend: change.backend ?? current?.backend ?? "json",
    epoch: (current?.epoch ?? 0) + 1,
    database: change.database,
    ...(configDigest === undefined ? {} : { configDigest }),
    originals: change.originals ?? current?.originals ?? [],
    steps: [...(current?.steps ?? []), change.step],
  };
}

/** The store in charge of a folder with this record: without one, its JSON files. */
export function chosenBackend(record: MigrationRecord | undefined): BackendKind {
  return record?.backend ?? "json";
}

/** A step for the history. @param now - default: the present moment */
export function stepOf(
  action: string,
  details: JsonObject = {},
  now: Date = new Date(),
): MigrationStep {
  return { at: now.toISOString(), action, ...details };
}
