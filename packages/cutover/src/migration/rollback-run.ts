import { randomBytes } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { StorageBackend } from "@cutover/core";
import { fileFailure } from "../state/file-failure.ts";
import type { MigrationTurn } from "../state/migration-lock.ts";
import { nextRecord, type MigrationRecord } from "../state/migration-record.ts";
import { writeRecord } from "../state/record-file.ts";
import { syncFolder } from "../state/write-durably.ts";
import { basePath, removeBases } from "./base-copy.ts";
import { compareFiles } from "./compare-files.ts";
import type { Comparison } from "./comparison.ts";
import { openDatabase } from "./database.ts";
import { DatabaseFreeze } from "./database-freeze.ts";
import { type CheckedOriginal, checkOriginals, type OriginalState } from "./check-originals.ts";
import { type Intent, type IntendedFile, removeIntent, writeIntent } from "./intent.ts";
import { mergeEdits, type MergeReport } from "./merge-edits.ts";
import { migrationEpoch } from "./migration-epoch.ts";
import type { AtPoint } from "./migration-point.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { originalGroups } from "./original-group.ts";
import { identityAt } from "./place-file.ts";
import { PhaseProgress } from "./progress.ts";
import { putAside } from "./recover.ts";
import { rewriteFile, type RewrittenFile } from "./rewrite-file.ts";
import { changedWhileRead } from "./source-file.ts";
import type { RollbackOptions } from "./rollback-options.ts";
import type { RollbackReport, RolledBackCollection } from "./rollback-report.ts";

/** Where a rollback starts from. */
export interface RollbackStart {
  readonly turn: MigrationTurn;
  readonly record: MigrationRecord;
  readonly intent: (Intent & { readonly kind: "rollback" }) | undefined;
  readonly notes: readonly string[];
}

/** One rollback, under its locks. */
export class RollbackRun {
  readonly #target: MigrationTarget;
  readonly #options: RollbackOptions;
  readonly #start: RollbackStart;
  readonly #token = randomBytes(6).toString("hex");
  #originals: readonly CheckedOriginal[] = [];
  #files: RewrittenFile[] = [];
  #merge: MergeReport | undefined;
  #verification: Comparison[] = [];
  #aside: string | undefined;
  #writeMs = 0;
  #verifyMs = 0;

  constructor(target: MigrationTarget, options: RollbackOptions, start: RollbackStart) {
    this.#target = target;
    this.#options = options;
    this.#start = start;
  }

  async run(): Promise<RollbackReport> {
    const { folder, collections, databasePath } = this.#target;
    const { record, intent } = this.#start;
    const { signal } = this.#options;
    const intended = intent?.files ?? [];
    const groups = originalGroups(folder, collections);
    this.#originals = await checkOriginals(groups, record, { intended, signal });
    if (this.#edited().length > 0 && this.#options.merge !== true) return this.#report("edited");
    const freeze = new DatabaseFreeze(databasePath);
    try {
      const refused = await this.#prepare(freeze);
      if (refused !== undefined) {
        await this.#dropTemps();
        return this.#report(refused);
      }
      await this.#switch(freeze);
      return this.#report("rolled-back");
    } catch (error) {
      await this.#dropTempsUnlessSwitching();
      throw error;
    } finally {
      freeze.release();
    }
  }

  #isSwitching = false;

  async #at(point: Parameters<AtPoint>[0]): Promise<void> {
    await this.#options.atPoint?.(point);
  }

  #edited(): { file: string; state: OriginalState }[] {
    return this.#originals
      .filter(({ state }) => state !== "same")
      .map(({ group, state }) => ({ file: group.file, state }));
  }

  /** Writes the new files beside the old ones and verifies them. @returns why not, if not */
  async #prepare(freeze: DatabaseFreeze): Promise<RollbackReport["outcome"] | undefined> {
    const { collections, databasePath } = this.#target;
    const store = await openDatabase(databasePath, collections);
    try {
      if (!(await this.#mergeEdits(store))) return "conflict";
      // Without the merge the files would lack the edits, so there is nothing more to rehearse.
      if (this.#options.dryRun === true && this.#merge !== undefined) return "rehearsed";
      freeze.holdWriters();
      await this.#at("frozen");
      await this.#write(store);
      await this.#verify(store);
      if (this.#verification.some(({ isEqual }) => !isEqual)) return "different";
    } finally {
      await store.close();
    }
    await this.#at("files-verified");
    if (this.#options.dryRun === true) return "rehearsed";
    freeze.holdAll();
    await this.#at("exclusive");
    return undefined;
  }

  async #mergeEdits(store: StorageBackend): Promise<boolean> {
    if (this.#edited().length === 0) return true;
    const { folder } = this.#target;
    const { signal } = this.#options;
    const epoch = migrationEpoch(this.#start.record);
    const isRehearsal = this.#options.dryRun ?? false;
    const options = { folder, epoch, store, signal, isRehearsal };
    this.#merge = await mergeEdits(this.#originals, options);
    return this.#merge.conflicts.length === 0;
  }

  async #write(store: StorageBackend): Promise<void> {
    const started = performance.now();
    const { folder } = this.#target;
    const epoch = migrationEpoch(this.#start.record);
    const { onProgress, signal } = this.#options;
    const info = await store.info();
    const existing = new Set(
      info.collections.filter(({ exists }) => exists).map(({ name }) => name),
    );
    const progress = new PhaseProgress("write", this.#sizeBytes(), onProgress);
    for (const [number, { group, state }] of this.#originals.entries()) {
      const token = `${this.#token}${number.toString(16).padStart(4, "0")}`;
      const rewritten = await rewriteFile(group, {
        folder,
        store,
        newFiles: this.#target.newFiles ?? {},
        existing,
        token,
        signal,
        // What was removed is made anew from what it was.
        sourceOf: () => (state === "removed" ? basePath(folder, epoch, group.file) : group.path),
        isNew: state === "removed",
        onRecords: (name, records) => progress.advance(name, { records }),
      });
      this.#files.push(rewritten);
      progress.advance(group.file, { bytes: this.#originals[number]?.digest?.sizeBytes ?? 0 });
      await this.#at("file-written");
    }
    this.#writeMs = performance.now() - started;
  }

  #sizeBytes(): number {
    return this.#originals.reduce((sum, { digest }) => sum + (digest?.sizeBytes ?? 0), 0);
  }

  /** Reads the new files and the database again and compares every record. */
  async #verify(store: StorageBackend): Promise<void> {
    const started = performance.now();
    const { signal, onProgress } = this.#options;
    const progress = new PhaseProgress("verify", this.#sizeBytes(), onProgress);
    const files = this.#files.map(({ group, next }) => ({
      path: next === undefined ? group.path : join(this.#target.folder, next.temp),
      collections: group.collections,
    }));
    this.#verification = await compareFiles(store, files, { progress, signal });
    this.#verifyMs = performance.now() - started;
  }

  /** From here on nothing is interrupted. Until the record is written the database is in charge. */
  async #switch(freeze: DatabaseFreeze): Promise<void> {
    const { folder, databasePath } = this.#target;
    this.#options.signal?.throwIfAborted();
    await this.#checkOriginalsStill();
    this.#start.turn.check();
    this.#isSwitching = true;
    await writeIntent(folder, {
      kind: "rollback",
      epoch: this.#start.record.epoch,
      files: this.#intended(),
    });
    await this.#at("intent-written");
    await this.#rename();
    await this.#at("before-switch");
    const next = this.#nextRecord();
    await writeRecord(folder, next);
    await this.#at("switched");
    freeze.release();
    this.#aside = await putAside(databasePath, next.epoch);
    await this.#at("database-aside");
    await removeBases(folder, undefined);
    await removeIntent(folder);
    await this.#at("cleaned");
  }

  /** Files put in place by this run, and those that an earlier, unfinished run had put there. */
  #intended(): IntendedFile[] {
    const files: IntendedFile[] = [];
    for (const { group, next } of this.#files) {
      const earlier = this.#start.intent?.files.find(({ file }) => file === group.file);
      if (next !== undefined)
        files.push({ file: group.file, temp: next.temp, sha256: next.sha256 });
      else if (earlier !== undefined) files.push(earlier);
    }
    return files;
  }

  async #checkOriginalsStill(): Promise<void> {
    for (const { group, digest } of this.#originals) {
      if ((await identityAt(group.path)) !== digest?.identity) throw changedWhileRead(group.path);
    }
  }

  async #rename(): Promise<void> {
    const folders = new Set<string>();
    for (const { group, next } of this.#files) {
      if (next === undefined) continue;
      const temp = join(this.#target.folder, next.temp);
      try {
        await rename(temp, group.path);
      } catch (error) {
        throw fileFailure(`move to ${group.path} the file`, temp, error);
      }
      folders.add(dirname(group.path));
      await this.#at("file-renamed");
    }
    for (const folder of folders) await syncFolder(folder);
    await this.#at("files-renamed");
  }

  #nextRecord(): MigrationRecord {
    const { record } = this.#start;
    return nextRecord(record, {
      backend: "json",
      database: record.database,
      originals: [],
      step: {
        at: new Date().toISOString(),
        action: "rollback",
        files: this.#files.filter(({ next }) => next !== undefined).length,
      },
    });
  }

  async #dropTempsUnlessSwitching(): Promise<void> {
    // A rename may have happened: the next run tidies up, and knows our files by the intent.
    if (!this.#isSwitching) await this.#dropTemps().catch(() => {});
  }

  async #dropTemps(): Promise<void> {
    for (const { next } of this.#files) {
      if (next !== undefined) await rm(join(this.#target.folder, next.temp), { force: true });
    }
  }

  #report(outcome: RollbackReport["outcome"]): RollbackReport {
    const { record, notes } = this.#start;
    return {
      outcome,
      epoch: record.epoch + (outcome === "rolled-back" ? 1 : 0),
      aside: this.#aside,
      collections: this.#collections(),
      edited: this.#edited(),
      merge: this.#merge,
      verification: this.#verification,
      timings: { writeMs: this.#writeMs, verifyMs: this.#verifyMs },
      notes,
    };
  }

  #collections(): RolledBackCollection[] {
    const records = new Map(this.#verification.map((found) => [found.collection, found.right]));
    return this.#files.flatMap(({ group, collections, next }) =>
      collections.map(({ definition, added, changed, deleted, isReordered }) => ({
        name: definition.name,
        file: group.file,
        records: records.get(definition.name) ?? 0,
        added,
        changed,
        deleted,
        isReordered,
        isRewritten: next !== undefined,
      })),
    );
  }
}
