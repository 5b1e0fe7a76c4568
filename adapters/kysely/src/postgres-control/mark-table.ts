import {
  StorageError,
  type DirtyCount,
  type DirtyMark,
  type MarkTarget,
  type NewMark,
  type SettledWrite,
} from "@cutover/core";
import { Batch } from "./batch.ts";
import type { PostgresRow } from "./control-connection.ts";
import type { ControlSession } from "./control-session.ts";
import type { Transact } from "./transact.ts";
import { markStatements, type MarkStatements } from "./mark-statements.ts";

/** What a {@link MarkTable} works with. */
export interface MarkParts {
  readonly schema: string;
  readonly incarnation: string;
  /** Its commits survive a power cut. */
  readonly durable: ControlSession;
  /** The one that locks are shared on: what is settled there was written under them. */
  readonly quick: ControlSession;
  /** Where the locks are not shared on {@link quick}: proves that they still are. */
  readonly prove: (() => Promise<void>) | undefined;
  /** Throws when a lock was lost while it was held. */
  readonly check: () => void;
  /** Runs a transaction that comes to nothing unless every exclusive lock was held to its end. */
  readonly transact: Transact;
}

type Place = readonly [unit: string, collection: string, whole: boolean, key: string];

interface Marking {
  readonly place: Place;
  /** From 1: the call that marked it last. */
  call: number;
  writers: number;
  moved: boolean;
  sinceMs: number;
}

/** One call to mark: every place is named once. */
interface MarkCall {
  readonly places: readonly { readonly place: Place; readonly moved: boolean }[];
  readonly writers: 0 | 1;
  readonly nowMs: number;
}

/** One thing that is settled at one place. */
type Settlement = readonly [...place: Place, mark: number | null, moved: boolean];

function placeOf(unit: string, { collection, key }: MarkTarget): Place {
  return key === undefined ? [unit, collection, true, ""] : [unit, collection, false, key];
}

function textOf(place: Place): string {
  return place.join("\0");
}

/** Each place once: a writer counts once at a mark, however often its write names it. */
function placesOf(unit: string, targets: readonly MarkTarget[]): readonly Place[] {
  const places = targets.map((target) => placeOf(unit, target));
  return [...new Map(places.map((place) => [textOf(place), place])).values()];
}

/** What several calls mark, each place once. */
function merged(calls: readonly MarkCall[]): readonly Marking[] {
  const markings = new Map<string, Marking>();
  for (const [index, { places, writers, nowMs }] of calls.entries()) {
    for (const { place, moved } of places) {
      const known = markings.get(textOf(place));
      const marking = known ?? { place, call: 0, writers: 0, moved: false, sinceMs: nowMs };
      marking.call = index + 1;
      marking.writers += writers;
      marking.moved ||= moved;
      if (known === undefined) markings.set(textOf(place), marking);
    }
  }
  return [...markings.values()];
}

/** Rows turned into the columns that `unnest` takes. */
function columnsOf(rows: readonly (readonly unknown[])[], width: number): readonly unknown[][] {
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column]));
}

function markOf([collection, whole, key, number, writers, moved, sinceMs]: PostgresRow): DirtyMark {
  return {
    collection: String(collection),
    key: whole === true ? undefined : String(key),
    number: Number(number),
    writers: Number(writers),
    moved: moved === true,
    sinceMs: Number(sinceMs),
  };
}

/** The marks in the database. */
export class MarkTable {
  private readonly parts: MarkParts;
  private readonly statements: MarkStatements;
  private readonly marking: Batch<MarkCall, number>;
  private readonly settling: Batch<readonly Settlement[], void>;

  constructor(parts: MarkParts) {
    this.parts = parts;
    this.statements = markStatements(parts.schema);
    this.marking = new Batch((calls) => this.markAll(calls));
    this.settling = new Batch((calls) => this.settleAll(calls));
  }

  /** @returns the number of the mark */
  mark(unit: string, targets: readonly MarkTarget[], nowMs: number): Promise<number> {
    const places = placesOf(unit, targets).map((place) => ({ place, moved: false }));
    return this.marking.add({ places, writers: 1, nowMs });
  }

  async markSettled(unit: string, marks: readonly NewMark[], nowMs: number): Promise<void> {
    const places = marks.map((mark) => ({ place: placeOf(unit, mark), moved: mark.moved }));
    await this.marking.add({ places, writers: 0, nowMs });
  }

  private async markAll(calls: readonly MarkCall[]): Promise<readonly number[]> {
    const { durable, incarnation, check } = this.parts;
    check();
    const rows = merged(calls).map(({ place, call, writers, moved, sinceMs }) => {
      return [...place, call, writers, moved, sinceMs];
    });
    const values = [calls.length, incarnation, ...columnsOf(rows, 8)];
    const [[numbers] = []] = await durable.all(this.statements.mark, values);
    check();
    if (!Array.isArray(numbers)) throw replaced(durable.location);
    return numbers.map(Number);
  }

  settle(unit: string, { mark, targets, moved }: SettledWrite): Promise<void> {
    return this.settling.add([
      ...placesOf(unit, moved).map((place): Settlement => [...place, null, true]),
      ...placesOf(unit, targets).map((place): Settlement => [...place, mark, false]),
    ]);
  }

  private async settleAll(calls: readonly (readonly Settlement[])[]): Promise<readonly void[]> {
    const { quick, check, prove } = this.parts;
    check();
    // What was written before is proved to have been written under them.
    await prove?.();
    try {
      await quick.all(this.statements.settle, columnsOf(calls.flat(), 6));
    } finally {
      // A lock that went with the connection is the graver news.
      check();
    }
    return calls.map(() => undefined);
  }

  async clear(unit: string, marks: readonly DirtyMark[]): Promise<void> {
    // One with a writer was settled after it was listed, if at all: what it moved was not seen.
    const rows = marks
      .filter(({ writers }) => writers === 0)
      .map((mark) => [...placeOf(unit, mark), mark.number]);
    if (rows.length === 0) return;
    this.parts.check();
    await this.parts.quick.all(this.statements.clear, columnsOf(rows, 5));
  }

  async settleOrphans(unit: string): Promise<number> {
    return this.parts.transact(async (connection) => {
      const [[settled] = []] = await connection.all(this.statements.orphans, [unit]);
      return Number(settled);
    });
  }

  async list(unit: string, limit: number): Promise<readonly DirtyMark[]> {
    const values = [unit, Math.min(limit, Number.MAX_SAFE_INTEGER)];
    return (await this.parts.quick.read(this.statements.list, values)).map(markOf);
  }

  async count(unit: string): Promise<DirtyCount> {
    const { quick } = this.parts;
    const [[keys, whole, writing, oldest] = []] = await quick.read(this.statements.tally, [unit]);
    const collections = Number(whole) === 0 ? [] : await quick.read(this.statements.wholes, [unit]);
    return {
      keys: Number(keys),
      collections: collections.map(([name]) => String(name)),
      writing: Number(writing),
      oldestMs: oldest === null ? undefined : Number(oldest),
    };
  }

  /** Resolves when nothing that was begun is under way. */
  async idle(): Promise<void> {
    await this.marking.idle();
    await this.settling.idle();
  }
}

/** Another control store lies where this one was. */
export function replaced(location: string): StorageError {
  return new StorageError(
    "IO_FAILED",
    `${location}: the control store was replaced while in use; ` +
      "stop every process that uses it and run `cutover doctor`",
    { nextCommand: "cutover doctor" },
  );
}
