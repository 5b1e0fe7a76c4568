import { isStorageError, StorageError, type AuditEntry } from "@cutover/core";
import { Pace } from "../drain/pace.ts";
import { settleOrphans } from "../drain/settle-orphans.ts";
import { PatientDrain } from "../stage/patient-drain.ts";
import type { StagePorts } from "../stage/stage-ports.ts";
import { stages } from "../stage/stages.ts";
import { inDrainTurn } from "../unit/drain-turn.ts";
import { StoreEpochs } from "../unit/store-epoch.ts";
import { encodeUnit, recordName, type StoredUnit, type UnitRecord } from "../unit/unit-record.ts";
import type { Unit } from "../unit/unit.ts";
import type { BackfillOptions } from "./operator-options.ts";

/** A batch may be a large file that is written anew on a slow disk. Milliseconds. */
const defaultSilentMs = 60_000;

/** How a backfill goes, and for whom. */
export interface BackfillRun extends BackfillOptions {
  /** For the audit. */
  readonly actor: string;
  /** A store that does not answer for longer has failed, in milliseconds. Default: 60,000. */
  readonly mostSilentMs?: number;
}

/**
 * Copies everything of a unit to its mirror while writers go on. Interrupted, it goes on where it
 * was. Others who change the mirror get their turns in between.
 *
 * @returns the unit's record, which says that everything was copied
 * @throws StorageError STAGE_REFUSED where nothing is mirrored, or somebody else wrote to the
 *   mirror and nobody has decided what is right; LOCK_TIMEOUT where a store hangs; what either
 *   store throws
 */
export async function backfillUnit(
  ports: StagePorts,
  unit: Unit,
  options: BackfillRun,
): Promise<UnitRecord> {
  return new Backfill(ports, unit, options).run();
}

class Backfill {
  private readonly ports: StagePorts;
  private readonly unit: Unit;
  private readonly options: BackfillRun;
  private readonly drain: PatientDrain;
  private readonly epochs: StoreEpochs;
  private readonly pace: Pace;

  constructor(ports: StagePorts, unit: Unit, options: BackfillRun) {
    this.ports = ports;
    this.unit = unit;
    this.options = options;
    const { signal, mostSilentMs = defaultSilentMs } = options;
    this.drain = new PatientDrain(ports, unit, { mostSilentMs, signal });
    this.epochs = new StoreEpochs(ports);
    this.pace = new Pace(options.recordsPerSecond);
  }

  async run(): Promise<UnitRecord> {
    const { signal } = this.options;
    await this.epochs.check(this.unit);
    for (;;) {
      signal?.throwIfAborted();
      const turn = { signal, landing: () => this.drain.landing };
      const done = await inDrainTurn(this.ports.control, this.unit, turn, () => this.round());
      if (done !== undefined) return done;
    }
  }

  /** @returns the unit's record when everything was copied; undefined when there is more to do */
  private async round(): Promise<UnitRecord | undefined> {
    const { control } = this.ports;
    const { onProgress, signal } = this.options;
    const { record } = await this.stored();
    const { mirror } = stages[record.stage];
    if (mirror === undefined) throw nothingMirrored(record);
    const { pace } = this;
    const round = { mirror, reconciles: true, pace, onProgress, signal };
    const { cleared, bypassed } = await this.drain.round(round);
    const { collections } = await control.count(this.unit.name);
    if (collections.length === 0) {
      // Once everything was copied to it, a mirror without a mark is another one.
      await this.epochs.sign(mirror, record);
      return this.markBackfilled();
    }
    if (cleared > 0) return undefined;
    // Nothing but a decision makes an end of it: round after round would find the same.
    if (bypassed.length > 0) throw mirrorBypassed(this.unit, bypassed);
    await settleOrphans(control, this.unit.name, signal);
    return undefined;
  }

  private async stored(): Promise<StoredUnit> {
    const { registry } = this.ports;
    return registry.of(await registry.look(), this.unit);
  }

  private async markBackfilled(): Promise<UnitRecord> {
    for (;;) {
      const { record, revision } = await this.stored();
      if (record.backfilled) return record;
      const after = { ...record, backfilled: true };
      const change = { name: recordName(this.unit.name), revision, value: encodeUnit(after) };
      try {
        await this.ports.control.commit([change], [this.auditEntry()]);
        await this.ports.at?.("backfill/recorded");
        return after;
      } catch (error) {
        if (!isStorageError(error, "VERSION_CONFLICT")) throw error;
      }
    }
  }

  private auditEntry(): AuditEntry {
    const at = new Date(this.ports.clock()).toISOString();
    const { actor } = this.options;
    return { at, action: "backfill", unit: this.unit.name, actor, details: {} };
  }
}

function mirrorBypassed({ name }: Unit, collections: readonly string[]): StorageError {
  const nextCommand = `cutover repair --unit ${name} --discard`;
  return new StorageError(
    "STAGE_REFUSED",
    `somebody else wrote to the mirror of unit "${name}" (${collections.join(", ")}), and nothing is ` +
      "copied over that unasked. What of it is to stay has to be written through the application; then " +
      `\`${nextCommand}\` makes the mirror equal to the store in charge`,
    { backend: "cutover", nextCommand },
  );
}

function nothingMirrored({ unit, stage }: UnitRecord): StorageError {
  return new StorageError(
    "STAGE_REFUSED",
    `unit "${unit}" is at ${stage}, where no store is kept equal to the other; start it first`,
    { backend: "cutover", nextCommand: `cutover start --unit ${unit}` },
  );
}
