import type { DirtyCount, DirtyMark, MarkTarget, NewMark, SettledWrite } from "./dirty-mark.ts";

interface Entry {
  readonly target: MarkTarget;
  readonly sinceMs: number;
  number: number;
  writers: number;
  moved: boolean;
  /** Writers whose mark is older were taken for dead. */
  countedFrom: number;
}

function placeOf({ collection, key }: MarkTarget): string {
  return key === undefined ? collection : `${collection}\0${key}`;
}

/** Each place once: a writer counts once at a mark, however often its write names it. */
function placesOf(targets: readonly MarkTarget[]): Map<string, MarkTarget> {
  return new Map(targets.map((target) => [placeOf(target), target]));
}

/** The marks of one unit, in the order in which they were first made. */
export class MemoryMarks {
  private readonly entries = new Map<string, Entry>();

  private touch(target: MarkTarget, number: number, sinceMs: number): Entry {
    const place = placeOf(target);
    const known = this.entries.get(place);
    const entry = known ?? {
      target,
      sinceMs,
      number,
      writers: 0,
      moved: false,
      countedFrom: number,
    };
    entry.number = number;
    if (known === undefined) this.entries.set(place, entry);
    return entry;
  }

  mark(targets: readonly MarkTarget[], number: number, nowMs: number): void {
    for (const target of placesOf(targets).values()) this.touch(target, number, nowMs).writers++;
  }

  markSettled(marks: readonly NewMark[], number: number, nowMs: number): void {
    for (const mark of marks) {
      const entry = this.touch({ collection: mark.collection, key: mark.key }, number, nowMs);
      entry.moved ||= mark.moved;
    }
  }

  settle({ mark, targets, moved }: SettledWrite): void {
    for (const place of placesOf(moved).keys()) {
      const entry = this.entries.get(place);
      if (entry !== undefined) entry.moved = true;
    }
    for (const place of placesOf(targets).keys()) {
      const entry = this.entries.get(place);
      if (entry === undefined || entry.writers === 0 || mark < entry.countedFrom) continue;
      entry.writers--;
    }
  }

  list(limit: number): readonly DirtyMark[] {
    return [...this.entries.values()]
      .slice(0, limit)
      .map(({ target, number, writers, moved, sinceMs }) => ({
        collection: target.collection,
        key: target.key,
        number,
        writers,
        moved,
        sinceMs,
      }));
  }

  count(): DirtyCount {
    const entries = [...this.entries.values()];
    const whole = entries.filter(({ target }) => target.key === undefined);
    return {
      keys: entries.length - whole.length,
      collections: whole.map(({ target }) => target.collection),
      writing: entries.filter(({ writers }) => writers > 0).length,
      oldestMs: oldestOf(entries),
    };
  }

  clear(marks: readonly DirtyMark[]): void {
    for (const mark of marks) {
      const place = placeOf(mark);
      const entry = this.entries.get(place);
      // One with a writer was settled after it was listed, if at all: what it moved was not seen.
      if (mark.writers > 0 || entry === undefined || entry.writers > 0) continue;
      if (entry.number === mark.number) this.entries.delete(place);
    }
  }

  settleOrphans(): number {
    const orphans = [...this.entries.values()].filter(({ writers }) => writers > 0);
    for (const orphan of orphans) {
      orphan.writers = 0;
      orphan.moved = true;
      orphan.countedFrom = orphan.number + 1;
    }
    return orphans.length;
  }
}

function oldestOf(entries: readonly Entry[]): number | undefined {
  const oldest = entries.reduce((least, { sinceMs }) => Math.min(least, sinceMs), Infinity);
  return oldest === Infinity ? undefined : oldest;
}
