import type { JsonObject, JsonValue } from "@cutover/core";
import { defaultHop, isSameHop, type Hop } from "../hop/hop.ts";

/** The stores a data folder can be served from. */
export type BackendKind = "json" | "sqlite";

/**
 * What a record can put in charge of a folder: one store for everything, or `cutover`, where the
 * control store decides unit by unit.
 */
export type InCharge = BackendKind | "cutover";

/** Collections that move together, as all processes have to see them. */
export interface RecordedUnit {
  readonly name: string;
  readonly collections: readonly string[];
}

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

/** What was in charge of a folder before a second hop began, and is again if it is cancelled. */
export interface FormerCharge {
  readonly backend: "sqlite" | "cutover";
  /** With `cutover`: the units of the first hop. */
  readonly units?: readonly RecordedUnit[];
  /** With `cutover`: the control store of the first hop. */
  readonly control?: string;
}

/**
 * Which store of a data folder is in charge. It lies in `<folder>/.cutover/record.json`, and it
 * alone decides: configuration, environment and flags can only ask.
 */
export interface MigrationRecord {
  /** 2 while units move one by one, 3 on hops to Postgres: versions that know nothing of it keep away. */
  readonly format: 1 | 2 | 3;
  /** The store in charge. */
  readonly backend: InCharge;
  /** Grows by one with every change of the record. */
  readonly epoch: number;
  /** The database's file, relative to the data folder, with `/`. */
  readonly database: string;
  /** Digest of the collections' definitions at the last migration. */
  readonly configDigest?: string;
  /** With `cutover`: the units that may be under way. */
  readonly units?: readonly RecordedUnit[];
  /** With `cutover`: identifies the control store that decides. */
  readonly control?: string;
  /** With `cutover`: from which store to which one the units move. Default: json to sqlite. */
  readonly hop?: Hop;
  /** With a hop that is the second one. */
  readonly former?: FormerCharge;
  readonly originals: readonly OriginalFile[];
  readonly steps: readonly MigrationStep[];
}

/** The newest format this version reads. */
export const recordFormat = 3;

/** What a change of the record may set; the rest stays as it was. */
export interface RecordChange {
  readonly backend?: InCharge;
  readonly database?: string;
  readonly configDigest?: string;
  readonly units?: readonly RecordedUnit[];
  readonly control?: string;
  readonly hop?: Hop;
  readonly former?: FormerCharge;
  readonly originals?: readonly OriginalFile[];
  readonly step: MigrationStep;
}

/** What a record says while units move. */
function moving(
  current: MigrationRecord | undefined,
  change: RecordChange,
): Pick<MigrationRecord, "units" | "control" | "hop" | "former"> {
  const { units = current?.units ?? [], control = current?.control } = change;
  const { hop = current?.hop ?? defaultHop, former } = change;
  return {
    units,
    ...(control === undefined ? {} : { control }),
    ...(isSameHop(hop, defaultHop) ? {} : { hop }),
    ...(former === undefined ? {} : { former }),
  };
}

/** The hop that the units of a record are on; undefined where none is. */
export function recordedHop(record: MigrationRecord | undefined): Hop | undefined {
  return record?.backend === "cutover" ? (record.hop ?? defaultHop) : undefined;
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
  const backend = change.backend ?? current?.backend ?? "json";
  const own = backend === "cutover" ? moving(current, change) : {};
  return {
    format: backend !== "cutover" ? 1 : own.hop === undefined ? 2 : 3,
    backend,
    epoch: (current?.epoch ?? 0) + 1,
    database: change.database,
    ...(configDigest === undefined ? {} : { configDigest }),
    ...own,
    originals: change.originals ?? current?.originals ?? [],
    steps: [...(current?.steps ?? []), change.step],
  };
}

/** What is in charge of a folder with this record: without one, its JSON files. */
export function chosenBackend(record: MigrationRecord | undefined): InCharge {
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
