import { randomBytes } from "node:crypto";
import { link, rm, stat } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { withMigrationLock, type MigrationTurn } from "../state/migration-lock.ts";
import { chosenBackend, nextRecord, type MigrationRecord } from "../state/migration-record.ts";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { writeRecord } from "../state/record-file.ts";
import { syncFolder } from "../state/write-durably.ts";
import { removeBases } from "./base-copy.ts";
import type { Comparison } from "./comparison.ts";
import { CollectionCopy } from "./copy-collections.ts";
import { createDatabase, openDatabase } from "./database.ts";
import type { Finding } from "./finding-list.ts";
import { removeIntent, writeIntent } from "./intent.ts";
import { withQuietJson } from "./json-store.ts";
import { copyPath } from "./leftovers.ts";
import type { AtPoint } from "./migration-point.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { originalGroups } from "./original-group.ts";
import { databaseStamp, identityAt, removeDatabase, syncFile } from "./place-file.ts";
import { PhaseProgress, type OnProgress } from "./progress.ts";
import { recover } from "./recover.ts";
import { refusal } from "./refusal.ts";
import { changedWhileRead } from "./source-file.ts";
import { verifyCopy } from "./verify-copy.ts";

/** How to migrate. */
export interface MigrateOptions {
  /** Set records that the database cannot take aside, and migrate the rest. Default: false. */
  readonly quarantine?: boolean;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
  /** How long to wait for the application's writers and for other operators. Default: 10,000. */
  readonly lockTimeoutMs?: number;
  /** For tests. */
  readonly atPoint?: AtPoint;
}

/** What became of one collection. */
export interface MigratedCollection {
  readonly name: string;
  readonly file: string;
  /** False where the application has no such file; then there is no such collection either. */
  readonly exists: boolean;
  readonly records: number;
  readonly quarantined: number;
}

/** What a migration did. */
export interface MigrateReport {
  /**
   * `migrated`: the database is in charge. `dirty`: records cannot be taken over; nothing changed.
   * `different`: the copy did not equal the files; nothing changed.
   */
  readonly outcome: "migrated" | "dirty" | "different";
  /** The record's epoch afterwards. */
  readonly epoch: number;
  readonly database: string;
  readonly collections: readonly MigratedCollection[];
  readonly findings: {
    readonly count: number;
    /** Of these, how many `quarantine` cannot set aside. */
    readonly blocking: number;
    readonly first: readonly Finding[];
  };
  /** Files that hold the records set aside. */
  readonly quarantines: readonly string[];
  /** Of every collection, once it was copied. */
  readonly verification: readonly Comparison[];
  readonly timings: { readonly copyMs: number; readonly verifyMs: number };
  readonly sizeBytes: number;
  /** What was tidied up first. */
  readonly notes: readonly string[];
}

/** Ends the making of a database that nobody wants any more. */
class DirtyInput extends Error {}

/** What a migration holds while it runs. */
interface Held {
  readonly turn: MigrationTurn;
  /** Makes every process that has the JSON files open look at the record again. */
  readonly alert: () => Promise<void>;
}

/** One migration, under its locks. */
class Migration {
  readonly #target: MigrationTarget;
  readonly #options: MigrateOptions;
  readonly #turn: MigrationTurn;
  readonly #alert: () => Promise<void>;
  readonly #record: MigrationRecord | undefined;
  readonly #notes: readonly string[];
  readonly #temp: string;
  readonly #copy: CollectionCopy;
  readonly #sizeBytes: number;
  #copyMs = 0;
  #verifyMs = 0;
  #verification: readonly Comparison[] = [];
  #stamp = "";

  constructor(
    target: MigrationTarget,
    options: MigrateOptions,
    start: Held & {
      readonly record: MigrationRecord | undefined;
      readonly notes: readonly string[];
      readonly sizeBytes: number;
    },
  ) {
    this.#target = target;
    this.#options = options;
    this.#turn = start.turn;
    this.#alert = start.alert;
    this.#record = start.record;
    this.#notes = start.notes;
    this.#sizeBytes = start.sizeBytes;
    this.#temp = copyPath(target.databasePath, randomBytes(6).toString("hex"));
    this.#copy = new CollectionCopy({
      folder: target.folder,
      collections: target.collections,
      epoch: this.#epoch,
      quarantine: options.quarantine ?? false,
      progress: new PhaseProgress("copy", start.sizeBytes, options.onProgress),
      signal: options.signal,
    });
  }

  async run(): Promise<MigrateReport> {
    let isInForce = false;
    try {
      if (!(await this.#fill())) return this.#report("dirty");
      if (!(await this.#verify())) return this.#report("different");
      await this.#switch();
      isInForce = true;
      return this.#report("migrated");
    } finally {
      await removeDatabase(this.#temp);
      // What cannot be undone now is undone by the next run; the first error is the one to tell.
      if (!isInForce) await this.#abandon().catch(() => {});
    }
  }

  get #epoch(): number {
    return (this.#record?.epoch ?? 0) + 1;
  }

  async #at(point: Parameters<AtPoint>[0]): Promise<void> {
    await this.#options.atPoint?.(point);
  }

  /** @returns false when the files hold what cannot be taken over */
  async #fill(): Promise<boolean> {
    const started = performance.now();
    try {
      await createDatabase(this.#temp, this.#target.collections, async (loader) => {
        await this.#at("copying");
        await this.#copy.run(loader);
        if (this.#copy.isRefused) throw new DirtyInput("the files hold what cannot be taken over");
      });
    } catch (error) {
      if (this.#copy.isRefused) return false;
      throw error;
    } finally {
      this.#copyMs = performance.now() - started;
    }
    await this.#at("copied");
    return true;
  }

  /** @returns false when the copy does not equal the files */
  async #verify(): Promise<boolean> {
    const started = performance.now();
    const { signal, onProgress } = this.#options;
    const progress = new PhaseProgress("verify", this.#sizeBytes, onProgress);
    const store = await openDatabase(this.#temp, this.#target.collections);
    try {
      this.#verification = await verifyCopy(store, this.#copy.files, { progress, signal });
    } finally {
      await store.close();
      this.#verifyMs = performance.now() - started;
    }
    await this.#at("verified");
    return this.#verification.every((comparison) => comparison.isEqual);
  }

  /** From here on nothing is interrupted: either the record is written, or all is undone. */
  async #switch(): Promise<void> {
    const { folder, databasePath } = this.#target;
    this.#options.signal?.throwIfAborted();
    await syncFile(this.#temp);
    await this.#at("base-kept");
    const identity = (await identityAt(this.#temp)) ?? "";
    this.#stamp = (await databaseStamp(this.#temp)) ?? "";
    await writeIntent(folder, { kind: "migrate", database: databasePath, identity });
    await this.#at("intent-written");
    await this.#place();
    await this.#at("database-placed");
    this.#turn.check();
    await this.#checkOriginalsStill();
    await this.#at("before-switch");
    await writeRecord(folder, this.#nextRecord());
    await this.#at("switched");
    await this.#alert();
    await removeIntent(folder);
    await removeBases(folder, this.#epoch);
    await this.#at("cleaned");
  }

  /** A program that takes no lock may have written since the files were compared. */
  async #checkOriginalsStill(): Promise<void> {
    for (const { path } of this.#copy.missing) {
      if ((await identityAt(path)) !== undefined) throw changedWhileRead(path);
    }
    for (const { group, digest } of this.#copy.files) {
      if ((await identityAt(group.path)) !== digest.identity) throw changedWhileRead(group.path);
    }
  }

  /** A link, unlike a rename, never takes the place of a file that appeared meanwhile. */
  async #place(): Promise<void> {
    const { databasePath } = this.#target;
    try {
      await link(this.#temp, databasePath);
      await rm(this.#temp);
      await syncFolder(dirname(databasePath));
    } catch (error) {
      if (errnoOf(error) === "EEXIST") throw taken(this.#target);
      throw fileFailure("put in place the database", databasePath, error);
    }
  }

  #nextRecord(): MigrationRecord {
    const { folder, databasePath, configDigest } = this.#target;
    const records = this.#copy.files
      .flatMap((file) => file.collections)
      .reduce((sum, collection) => sum + collection.records, 0);
    return nextRecord(this.#record, {
      backend: "sqlite",
      database: relativeTo(folder, databasePath),
      originals: this.#copy.files.map(({ group, digest }) => ({
        file: group.file,
        sha256: digest.sha256,
        sizeBytes: digest.sizeBytes,
        mtime: digest.mtime,
      })),
      ...(configDigest === undefined ? {} : { configDigest }),
      step: {
        at: new Date().toISOString(),
        action: "migrate",
        epoch: this.#epoch,
        databaseStamp: this.#stamp,
        records,
        quarantined: this.#copy.findings.count,
      },
    });
  }

  /** Undoes what can be undone, unless the record was written after all. */
  async #abandon(): Promise<void> {
    const { folder } = this.#target;
    const { record } = await recover(this.#target);
    if (record?.epoch === this.#epoch) return;
    await this.#copy.discard();
    await removeBases(folder, chosenBackend(record) === "sqlite" ? record?.epoch : undefined);
  }

  #report(outcome: MigrateReport["outcome"]): MigrateReport {
    const { findings, files } = this.#copy;
    return {
      outcome,
      epoch: outcome === "migrated" ? this.#epoch : this.#epoch - 1,
      database: this.#target.databasePath,
      collections: this.#collections(),
      findings: { count: findings.count, blocking: findings.blocking, first: findings.first },
      quarantines: files.flatMap(({ quarantine }) => quarantine ?? []),
      verification: this.#verification,
      timings: { copyMs: this.#copyMs, verifyMs: this.#verifyMs },
      sizeBytes: this.#sizeBytes,
      notes: this.#notes,
    };
  }

  #collections(): MigratedCollection[] {
    const copied = new Map(
      this.#copy.files.flatMap((file) =>
        file.collections.map((collection) => [collection.definition.name, collection] as const),
      ),
    );
    return this.#target.collections.map(({ name, file }) => {
      const found = copied.get(name);
      return {
        name,
        file: file.path,
        exists: found !== undefined,
        records: found?.records ?? 0,
        quarantined: found?.quarantined ?? 0,
      };
    });
  }
}

/** A path inside the folder is kept relative, so that the folder can be moved. */
export function relativeTo(folder: string, path: string): string {
  const inside = relative(folder, path).replaceAll("\\", "/");
  return inside.startsWith("../") ? path : inside;
}

function taken({ folder, databasePath }: MigrationTarget): Error {
  return refusal(
    `${databasePath} exists and no record of ${folder} names it, so it is not overwritten; move it away, or name another database in the config`,
    `mv ${databasePath} ${databasePath}.aside`,
  );
}

async function totalBytes({ folder, collections }: MigrationTarget): Promise<number> {
  let total = 0;
  for (const { path, collections: inFile } of originalGroups(folder, collections)) {
    try {
      total += (await stat(path)).size * inFile.length;
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw fileFailure("look at", path, error);
    }
  }
  return total;
}

async function begin(
  target: MigrationTarget,
  options: MigrateOptions,
  held: Held,
): Promise<MigrateReport> {
  await options.atPoint?.("locked");
  const { record, notes } = await recover(target);
  if (chosenBackend(record) === "sqlite") {
    throw refusal(
      `${target.folder} is migrated already: the database is in charge since epoch ${record?.epoch}`,
      `cutover status ${target.folder}`,
    );
  }
  if ((await identityAt(target.databasePath)) !== undefined) throw taken(target);
  const sizeBytes = await totalBytes(target);
  return new Migration(target, options, { ...held, record, notes, sizeBytes }).run();
}

/**
 * Moves a data folder from its JSON files to a database: copies every record into a new database,
 * compares both sides record by record, proves that nobody changed the files meanwhile, and writes
 * the record that puts the database in charge. The files are never modified. Killed at any point,
 * the files are still in charge, or the database is, whole; running it again is always right.
 *
 * @throws StorageError LOCK_TIMEOUT (writers or another operator), VERSION_CONFLICT (a file changed
 *   meanwhile), STAGE_REFUSED (migrated already, or the database's place is taken), IO_FAILED,
 *   DISK_FULL; rethrows the signal's reason. Nothing has changed then.
 */
export async function migrate(
  target: MigrationTarget,
  options: MigrateOptions = {},
): Promise<MigrateReport> {
  const { signal, lockTimeoutMs: timeoutMs } = options;
  return withMigrationLock(
    target.folder,
    (turn) =>
      withQuietJson(target.folder, (alert) => begin(target, options, { turn, alert }), {
        signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      }),
    signal === undefined ? {} : { signal },
  );
}
