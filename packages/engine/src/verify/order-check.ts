import { versionOf, type JsonValue } from "@cutover/core";
import type { Finding } from "../mismatch/mismatch.ts";
import type { Comparison } from "./comparison.ts";
import { longestRun } from "./longest-run.ts";
import { markCover, type MarkCover } from "./mark-cover.ts";
import { pauseBefore } from "./patience.ts";
import { RecordStates } from "./record-states.ts";
import { readSide, type Role } from "./side-trouble.ts";

/** Walks of a whole collection are dear: fewer looks than for single records. */
const mostLooks = 5;
/** Records looked up at a time. */
const batch = 500;
/** How many neighbours on each side tell a record's place. */
const reach = 8;
/** Of a collection with no more records than that, all of them do. */
const smallCollection = 2000;

interface Ranks {
  /** Places by key, from the oldest on. */
  readonly of: ReadonlyMap<string, number>;
  /** Keys that came more than once. */
  readonly twice: ReadonlySet<string>;
  /** No other keys were met. */
  readonly isWhole: boolean;
}

interface Walks {
  readonly before: Ranks;
  readonly mirror: Ranks;
  readonly after: Ranks;
  readonly cover: MarkCover;
}

/** What came of the look at places. */
export interface OrderVerdicts {
  readonly onFinding: (finding: Finding) => void;
  readonly onUnstable: (key: string) => void;
}

const version = (value: JsonValue | undefined): string | undefined =>
  value === undefined ? undefined : versionOf(value);

const rankOf = ({ of }: Ranks, key: string): number => of.get(key) ?? 0;

/** As few keys as possible without which the others are in the same order on both sides. */
function outOfOrder(keys: readonly string[], along: Ranks, other: Ranks): Set<string> {
  const sorted = keys.toSorted((left, right) => rankOf(along, left) - rankOf(along, right));
  const run = longestRun(sorted.map((key) => rankOf(other, key)));
  return new Set(sorted.filter((_, index) => !run.has(index)));
}

/** How many of the ascending ranks are less. */
function countBelow(ranks: readonly number[], rank: number): number {
  let low = 0;
  let high = ranks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranks[middle] ?? 0) < rank) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * As {@link outOfOrder}, but the neighbours speak for the many others that are in order: it is the
 * suspects that have moved, however many they are.
 */
function movedAmong(
  { suspects, neighbours }: { suspects: readonly string[]; neighbours: readonly string[] },
  along: Ranks,
  other: Ranks,
): Set<string> {
  const moved = outOfOrder(neighbours, along, other);
  const fixed = neighbours.filter((key) => !moved.has(key));
  const ranksBy = (ranks: Ranks): number[] =>
    fixed.map((key) => rankOf(ranks, key)).toSorted((left, right) => left - right);
  const [here, there] = [ranksBy(along), ranksBy(other)];
  const between = suspects.filter((key) => {
    const isBetweenTheSame =
      countBelow(here, rankOf(along, key)) === countBelow(there, rankOf(other, key));
    if (!isBetweenTheSame) moved.add(key);
    return isBetweenTheSame;
  });
  for (const key of outOfOrder(between, along, other)) moved.add(key);
  return moved;
}

/** Where nothing else is there, somebody else than the suspects may be fewer. */
function fewest(
  likely: ReadonlySet<string>,
  keys: readonly string[],
  { before, mirror }: Pick<Walks, "before" | "mirror">,
): ReadonlySet<string> {
  const others = outOfOrder(keys, before, mirror);
  return others.size < likely.size ? others : likely;
}

/**
 * Finds which of some records lie in another place than on the other side, while writers and the
 * drain go on. Neighbours are looked at with them. It walks the authority, the mirror, and the
 * authority again: what moved there, or is marked, is looked at once more later.
 */
export class OrderCheck {
  private readonly comparison: Comparison;
  private readonly verdicts: OrderVerdicts;
  private readonly states: RecordStates;

  constructor(comparison: Comparison, verdicts: OrderVerdicts) {
    this.comparison = comparison;
    this.verdicts = verdicts;
    this.states = new RecordStates(comparison);
  }

  /** @throws SideTrouble where a side cannot be read */
  async run(keys: Iterable<string>): Promise<void> {
    const { patience, signal, onWait } = this.comparison;
    const looks = Math.min(patience.looks, mostLooks);
    let open = new Set(keys);
    const reported = new Set<string>();
    for (let look = 0; look < looks && open.size > 0; look++) {
      if (look > 0) onWait();
      await pauseBefore(look === 0 ? 0 : look + 4, patience, signal);
      open = await this.look(open, reported);
    }
    for (const key of open) this.verdicts.onUnstable(key);
  }

  /** @returns keys of which nothing can be said yet */
  private async look(open: ReadonlySet<string>, reported: Set<string>): Promise<Set<string>> {
    const walked = await this.neighbourhood(open);
    const walks = await this.walks(walked);
    const { before, mirror, after, cover } = walks;
    this.reportTwice(walks, open, reported);
    const here = [...walked].filter((key) => before.of.has(key) && after.of.has(key));
    const moving = outOfOrder(here, before, after);
    const still = here.filter(
      (key) => mirror.of.has(key) && !moving.has(key) && !cover.covers(key),
    );
    const suspects = still.filter((key) => open.has(key));
    const neighbours = still.filter((key) => !open.has(key));
    const likely = movedAmong({ suspects, neighbours }, before, mirror);
    const found = before.isWhole && mirror.isWhole ? fewest(likely, still, walks) : likely;
    const moved = [...found].filter((key) => !reported.has(key));
    await this.reportMoved(moved);
    for (const key of moved) reported.add(key);
    return this.undecided(open, new Set(still), walks);
  }

  private async reportMoved(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += batch) {
      const some = keys.slice(start, start + batch);
      const authority = await this.states.of("authority", some);
      const mirror = await this.states.of("mirror", some);
      for (const key of some) {
        const versions = {
          authority: version(authority.get(key)),
          mirror: version(mirror.get(key)),
        };
        this.verdicts.onFinding({ ...this.finding(key, "moved"), ...versions });
      }
    }
  }

  private undecided(
    open: ReadonlySet<string>,
    decided: ReadonlySet<string>,
    { before, mirror, after }: Walks,
  ): Set<string> {
    const isGone = (key: string): boolean =>
      !before.of.has(key) && !mirror.of.has(key) && !after.of.has(key);
    return new Set([...open].filter((key) => !decided.has(key) && !isGone(key)));
  }

  private reportTwice(
    { before, mirror, after, cover }: Walks,
    open: ReadonlySet<string>,
    reported: Set<string>,
  ): void {
    for (const key of open) {
      const isTwice = mirror.twice.has(key) || (before.twice.has(key) && after.twice.has(key));
      if (!isTwice || reported.has(key) || cover.covers(key)) continue;
      reported.add(key);
      const role = mirror.twice.has(key) ? "mirror" : "authority";
      const message = `${role}: the record is there more than once`;
      this.verdicts.onFinding({ ...this.finding(key, "error"), message });
    }
  }

  private async walks(keys: ReadonlySet<string>): Promise<Walks> {
    const { control, unit, collection } = this.comparison;
    const before = await this.ranks("authority", keys);
    const cover = await markCover(control, unit, collection.name);
    const mirror = await this.ranks("mirror", keys);
    const after = await this.ranks("authority", keys);
    return { before, cover, mirror, after };
  }

  private async ranks(role: Role, keys: ReadonlySet<string>): Promise<Ranks> {
    const of = new Map<string, number>();
    const twice = new Set<string>();
    let rank = 0;
    let isWhole = true;
    await this.walk(role, (key) => {
      rank++;
      if (!keys.has(key)) {
        isWhole = false;
        return;
      }
      if (of.has(key)) twice.add(key);
      of.set(key, rank);
    });
    return { of, twice, isWhole };
  }

  /**
   * The keys, and others to tell their places by: those that lie next to them on either side, for
   * some of them may be absent on the other or just being written; of a small collection all.
   */
  private async neighbourhood(keys: ReadonlySet<string>): Promise<Set<string>> {
    const all = new Set(keys);
    for (const role of ["authority", "mirror"] as const) await this.addNeighbours(role, keys, all);
    return all;
  }

  private async addNeighbours(
    role: Role,
    keys: ReadonlySet<string>,
    all: Set<string>,
  ): Promise<void> {
    const few: string[] = [];
    let last: string[] = [];
    let wanted = 0;
    await this.walk(role, (key) => {
      if (few.length <= smallCollection) few.push(key);
      if (keys.has(key)) {
        for (const before of last) all.add(before);
        last = [];
        wanted = reach;
      } else if (wanted > 0) {
        all.add(key);
        wanted--;
      } else {
        last.push(key);
        if (last.length > reach) last.shift();
      }
    });
    if (few.length <= smallCollection) for (const key of few) all.add(key);
  }

  private async walk(role: Role, visit: (key: string) => void): Promise<void> {
    const { sides, collection, breath, signal } = this.comparison;
    await readSide(role, async () => {
      for await (const records of sides[role].oldestFirst(collection)) {
        await breath.take(signal);
        for (const { key } of records) visit(key);
      }
    });
  }

  private finding(key: string, kind: "moved" | "error"): Finding {
    const { name } = this.comparison.collection;
    return { collection: name, key, kind, paths: [], authority: undefined, mirror: undefined };
  }
}
