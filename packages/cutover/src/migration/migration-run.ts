import { randomBytes } from "node:crypto";
import { link, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { StorageError } from "@cutover/core";
import type { MigrationTurn } from "../state/migration-lock.ts";
import { chosenBackend, nextRecord, type MigrationRecord } from "../state/migration-record.ts";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { writeRecord } from "../state/record-file.ts";
import { syncFolder } from "../state/write-durably.ts";
import { removeBases } from "./base-copy.ts";
import type { Comparison } from "./comparison.ts";
import { CollectionCopy } from "./copy-collections.ts";
import { createDatabase, openDatabase } from "./database.ts";
import { removeIntent, writeIntent } from "./intent.ts";
import { copyPath } from "./leftovers.ts";
import type { AtPoint } from "./migration-point.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { databaseStamp, identityAt, removeDatabase, syncFile } from "./place-file.ts";
import { PhaseProgress } from "./progress.ts";
import { recover } from "./recover.ts";
import { refusal } from "./refusal.ts";
import { relativeTo } from "./relative-to.ts";
import { changedWhileRead } from "./source-file.ts";
import { verifyCopy } from "./verify-copy.ts";
import type { MigrateOptions } from "./migrate-options.ts";
import type { MigratedCollection, MigrateReport } from "./migrate-report.ts";

/** Ends the making of a database that nobody wants any more. */
class DirtyInput extends Error {}

/** What a migration holds while it runs. */
export interface Held {
  readonly turn: MigrationTurn;
  /** Makes every process that has the JSON files open look at the record again. */
  readonly alert: () => Promise<void>;
}

/** One migration, under its locks. */
export class MigrationRun {
  readonly #target: MigrationTarget;
  readonly #options: MigrateOptions;
  readonly #turn: MigrationTurn;
  readonly #alert: () => Promise<void>;
  readonly #record: MigrationRecord | undefined;
  readonly #notes: string[];
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
    this.#notes = [...start.notes];
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
    await this.#tidyUp();
    await this.#at("cleaned");
  }

  /** The switch is made: what fails from here on is told, and done by the next run. */
  async #tidyUp(): Promise<void> {
    const { folder } = this.#target;
    try {
      await this.#alert();
      await removeIntent(folder);
      await removeBases(folder, this.#epoch);
    } catch (error) {
      const why = error instanceof StorageError ? error.code : String(errnoOf(error));
      this.#notes.push(
        `the database is in charge; tidying up afterwards failed (${why}) and is done by the next command. ` +
          "Restart processes that had the JSON files open",
      );
    }
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

/** The error for a database's place that somebody else has taken. */
export function taken({ folder, databasePath }: MigrationTarget): Error {
  return refusal(
    `${databasePath} exists and no record of ${folder} names it, so it is not overwritten; move it away, or name another database in the config`,
    `mv ${databasePath} ${databasePath}.aside`,
  );
}
