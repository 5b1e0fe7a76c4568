import type { DirtyCount, DirtyMark, MarkTarget, NewMark, SettledWrite } from "@cutover/core";
import { statement, type Row } from "../sql/statement.ts";
import type { NativeSession } from "../sqlite/native-session.ts";

const takeNumber = statement("UPDATE state SET last_mark = last_mark + 1 RETURNING last_mark");
const same = "unit = ? AND collection = ? AND whole = ? AND key = ?";

const add = statement(
  `INSERT INTO marks (unit, collection, whole, key, number, writers, moved, counted_from, since_ms)
   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
   ON CONFLICT (unit, collection, whole, key) DO UPDATE SET
     number = excluded.number, writers = writers + excluded.writers, moved = max(moved, excluded.moved)`,
);
const settleOne = statement(
  `UPDATE marks SET writers = writers - (writers > 0 AND counted_from <= ?) WHERE ${same}`,
);
const move = statement(`UPDATE marks SET moved = 1 WHERE ${same}`);
const remove = statement(`DELETE FROM marks WHERE ${same} AND number = ? AND writers = 0`);
const orphans = statement(
  `UPDATE marks SET writers = 0, moved = 1, counted_from = number + 1
   WHERE unit = ? AND writers > 0`,
);
// The plus keeps the index out: walking the table gives the oldest first, without sorting.
const list = statement(
  `SELECT collection, whole, key, number, writers, moved, since_ms FROM marks
   WHERE +unit = ? ORDER BY place LIMIT ?`,
);
const tally = statement(
  `SELECT count(*), sum(whole), sum(writers > 0), min(since_ms) FROM marks WHERE +unit = ?`,
);
const wholes = statement(
  `SELECT collection FROM marks WHERE unit = ? AND whole = 1 ORDER BY place`,
);

type Place = readonly [unit: string, collection: string, whole: number, key: string];

function placeOf(unit: string, { collection, key }: MarkTarget): Place {
  return key === undefined ? [unit, collection, 1, ""] : [unit, collection, 0, key];
}

/** Each place once: a writer counts once at a mark, however often its write names it. */
function placesOf(unit: string, targets: readonly MarkTarget[]): readonly Place[] {
  const [first] = targets;
  if (first === undefined) return [];
  if (targets.length === 1) return [placeOf(unit, first)];
  const places = targets.map((target) => placeOf(unit, target));
  return [...new Map(places.map((place) => [place.join("\0"), place])).values()];
}

function markOf([collection, whole, key, number, writers, moved, sinceMs]: Row): DirtyMark {
  return {
    collection: String(collection),
    key: whole === 1 ? undefined : String(key),
    number: Number(number),
    writers: Number(writers),
    moved: moved === 1,
    sinceMs: Number(sinceMs),
  };
}

/** The marks in the database. Changes are to be made inside a write transaction. */
export class MarkTable {
  private readonly session: NativeSession;

  constructor(session: NativeSession) {
    this.session = session;
  }

  private takeNumber(): number {
    return Number(this.session.get(takeNumber, [])?.[0]);
  }

  /** @returns the number of the mark */
  mark(unit: string, targets: readonly MarkTarget[], nowMs: number): number {
    const number = this.takeNumber();
    for (const place of placesOf(unit, targets))
      this.session.run(add, [...place, number, 1, 0, number, nowMs]);
    return number;
  }

  markSettled(unit: string, marks: readonly NewMark[], nowMs: number): void {
    const number = this.takeNumber();
    for (const mark of marks) {
      const moved = mark.moved ? 1 : 0;
      this.session.run(add, [...placeOf(unit, mark), number, 0, moved, number, nowMs]);
    }
  }

  settle(unit: string, { mark, targets, moved }: SettledWrite): void {
    for (const place of placesOf(unit, moved)) this.session.run(move, place);
    for (const place of placesOf(unit, targets)) this.session.run(settleOne, [mark, ...place]);
  }

  clear(unit: string, marks: readonly DirtyMark[]): void {
    for (const mark of marks) {
      // It was settled after it was listed: what it moved was not seen.
      if (mark.writers > 0) continue;
      this.session.run(remove, [...placeOf(unit, mark), mark.number]);
    }
  }

  settleOrphans(unit: string): number {
    return this.session.run(orphans, [unit]);
  }

  list(unit: string, limit: number): readonly DirtyMark[] {
    return this.session.all(list, [unit, Math.min(limit, Number.MAX_SAFE_INTEGER)]).map(markOf);
  }

  count(unit: string): DirtyCount {
    const [all, whole, writing, oldest] = this.session.get(tally, [unit]) ?? [];
    const collections = whole === null || whole === 0 ? [] : this.session.all(wholes, [unit]);
    return {
      keys: Number(all) - Number(whole),
      collections: collections.map(([name]) => String(name)),
      writing: Number(writing),
      oldestMs: typeof oldest === "number" ? oldest : undefined,
    };
  }
}
