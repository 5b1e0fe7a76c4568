import {
  StorageError,
  type ControlRecord,
  type ControlStore,
  type MaybePromise,
} from "@cutover/core";
import type { Unit } from "./unit.ts";
import { decodeUnit, unitOfRecord, type StoredUnit, type UnitRecord } from "./unit-record.ts";

/** All units' records as of one commit of the control store. */
export interface UnitsSnapshot {
  /** Differs from that of every other commit. */
  readonly token: number | string;
  readonly units: ReadonlyMap<string, StoredUnit>;
  /** The unit that each collection moves with, or has moved with; those at `off` are free. */
  readonly movesWith: ReadonlyMap<string, string>;
}

/** The kinds of a hop's stores. */
export interface Hop {
  readonly from: string;
  readonly to: string;
}

/** The last record that changed tells commits apart while the generation cannot. */
function tokenOf(records: readonly ControlRecord[]): string {
  return records.map(({ name, revision }) => `${name}@${revision}`).join("\n");
}

function movesWith(units: ReadonlyMap<string, StoredUnit>): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, { record }] of units) {
    if (record.stage === "off") continue;
    for (const collection of record.collections) found.set(collection, name);
  }
  return found;
}

/** Reads the units' records, and keeps them for as long as nothing was committed. */
export class UnitRegistry {
  private readonly control: ControlStore;
  private readonly hop: Hop;
  private latest: UnitsSnapshot | undefined;
  private isFar = false;

  constructor(control: ControlStore, hop: Hop) {
    this.control = control;
    this.hop = hop;
  }

  /** The records as they are now; at once where nothing has changed since the last look. */
  look(): MaybePromise<UnitsSnapshot> {
    const generation = this.control.generation();
    const { latest } = this;
    if (generation instanceof Promise) {
      this.isFar = true;
      return generation.then((found) => this.at(found));
    }
    return latest !== undefined && latest.token === generation ? latest : this.at(generation);
  }

  /**
   * What was found last, where a look takes a journey to a server. What is decided by it counts only
   * if a look that begins afterwards finds the same.
   */
  recent(): UnitsSnapshot | undefined {
    return this.isFar ? this.latest : undefined;
  }

  private async at(generation: number | undefined): Promise<UnitsSnapshot> {
    const { latest } = this;
    if (generation !== undefined && latest?.token === generation) return latest;
    const records = await this.control.records();
    const units = new Map<string, StoredUnit>();
    for (const { name, revision, value } of records) {
      const unit = unitOfRecord(name);
      if (unit !== undefined) units.set(unit, { record: decodeUnit(unit, value), revision });
    }
    // Records read while another commit came may be newer than the generation: not to be kept.
    const isSteady = generation !== undefined && (await this.control.generation()) === generation;
    const snapshot = {
      token: isSteady ? generation : tokenOf(records),
      units,
      movesWith: movesWith(units),
    };
    if (isSteady) this.latest = snapshot;
    return snapshot;
  }

  /**
   * A unit's record in a snapshot.
   * @throws StorageError STAGE_REFUSED when the unit is recorded with other collections, or another
   *   hop, than this process was configured with, or one of its collections moves with another unit
   */
  of(snapshot: UnitsSnapshot, unit: Unit): StoredUnit {
    const stored = snapshot.units.get(unit.name);
    this.checkFree(snapshot, unit);
    if (stored === undefined) return { record: this.unbegun(unit), revision: 0 };
    const { record } = stored;
    if (record.stage !== "off") this.checkSame(unit, record);
    return stored;
  }

  private unbegun(unit: Unit): UnitRecord {
    return {
      unit: unit.name,
      collections: unit.collections.map(({ name }) => name),
      hop: this.hop,
      stage: "off",
      epoch: 0,
      since: new Date(0).toISOString(),
      backfilled: false,
    };
  }

  /** By this process's config it is at the old store, where the others have left it. */
  private checkFree({ movesWith: owners }: UnitsSnapshot, unit: Unit): void {
    if (owners.size === 0) return;
    for (const { name } of unit.collections) {
      const owner = owners.get(name);
      if (owner === undefined || owner === unit.name) continue;
      throw new StorageError(
        "STAGE_REFUSED",
        `collection "${name}" is being moved with unit "${owner}", and this process was configured ` +
          `with it in unit "${unit.name}"; restart it with the config of the others`,
        { backend: "cutover", collection: name },
      );
    }
  }

  private checkSame(unit: Unit, { collections, hop }: UnitRecord): void {
    const own = unit.collections.map(({ name }) => name).toSorted();
    const recorded = collections.toSorted();
    if (own.join("\n") !== recorded.join("\n")) {
      throw new StorageError(
        "STAGE_REFUSED",
        `unit "${unit.name}" is being moved with the collections ${recorded.join(", ")}, and this ` +
          `process was configured with ${own.join(", ")}; restart it with the config of the others`,
        { backend: "cutover" },
      );
    }
    if (hop.from !== this.hop.from || hop.to !== this.hop.to) {
      throw new StorageError(
        "STAGE_REFUSED",
        `unit "${unit.name}" is on its way from ${hop.from} to ${hop.to}, and this process was ` +
          `configured for ${this.hop.from} to ${this.hop.to}; restart it with the config of the others`,
        { backend: "cutover" },
      );
    }
  }
}
