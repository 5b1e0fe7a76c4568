import type { CollectionDefinition, JsonValue, Replica } from "@cutover/core";
import type { Breath } from "./breath.ts";
import { RecordWindow } from "./record-window.ts";
import { readSide, type Role } from "./side-trouble.ts";

/** The two sides of a comparison. */
export type Roles<T> = Readonly<Record<Role, T>>;

/** Something that looked different at a glance. */
export interface Suspect {
  readonly key: string;
  /** It was not met where the other side has it: it may lie in another place. */
  readonly displaced: boolean;
}

/** What a {@link Lockstep} works with. */
export interface LockstepOptions {
  readonly sides: Roles<Replica>;
  readonly collection: CollectionDefinition;
  /** False, or throwing: a suspect. */
  readonly isEqual: (authority: JsonValue, mirror: JsonValue) => boolean;
  /** Takes suspects, some at a time. */
  readonly onSuspects: (suspects: readonly Suspect[]) => Promise<void>;
  readonly onRecords: (records: number) => void;
  readonly breath: Breath;
  readonly signal: AbortSignal | undefined;
}

/** How far ahead to look for a record that is not met: at first, and at most. */
const lookahead = { first: 64, most: 4096 } as const;
/** Records of one side that the other was not seen to have, at most; keys are all that is kept of them. */
const mostPending = 10_000;
const suspectBatch = 500;
const other: Roles<Role> = { authority: "mirror", mirror: "authority" };

/**
 * Walks both sides of a collection at once, oldest first, and tells which records are not met with
 * the same content at the same step. A record that only one side has, or has elsewhere, is stepped
 * over, so that those after it meet again. Keys of what was stepped over are kept, values are not.
 */
export class Lockstep {
  /** Records met, equal, at the same step. */
  same = 0;
  /** Records looked at. */
  records = 0;
  /** There is so much disorder that places were compared only in part. */
  isDisordered = false;
  private readonly options: LockstepOptions;
  private readonly windows: Roles<RecordWindow>;
  private readonly pending: Roles<Set<string>> = { authority: new Set(), mirror: new Set() };
  private suspects: Suspect[] = [];

  constructor(options: LockstepOptions) {
    this.options = options;
    const { sides, collection } = options;
    this.windows = {
      authority: new RecordWindow("authority", sides.authority.oldestFirst(collection)),
      mirror: new RecordWindow("mirror", sides.mirror.oldestFirst(collection)),
    };
  }

  /** @throws SideTrouble where a side cannot be read */
  async run(): Promise<void> {
    const { authority, mirror } = this.windows;
    try {
      while (!this.isDisordered) {
        await this.options.breath.take(this.options.signal);
        await authority.fill(1);
        await mirror.fill(1);
        if (authority.length === 0 || mirror.length === 0) break;
        this.meet();
        await this.resync();
        await this.flush(suspectBatch);
        await this.thinOut();
      }
      await this.compareRest();
    } finally {
      await authority.close();
      await mirror.close();
    }
    for (const role of ["authority", "mirror"] as const) {
      for (const key of this.pending[role]) await this.suspect({ key, displaced: true });
    }
    await this.flush(1);
  }

  /** Passes over what both sides have next. */
  private meet(): void {
    const { authority, mirror } = this.windows;
    const most = Math.min(authority.length, mirror.length);
    let met = 0;
    for (; met < most; met++) {
      const own = authority.ahead(met);
      const twin = mirror.ahead(met);
      if (own === undefined || twin === undefined || own.key !== twin.key) break;
      if (this.isEqual(own.value, twin.value)) this.same++;
      else this.suspects.push({ key: own.key, displaced: false });
    }
    authority.advance(met);
    mirror.advance(met);
    this.count(met);
  }

  private isEqual(authority: JsonValue, mirror: JsonValue): boolean {
    try {
      return this.options.isEqual(authority, mirror);
    } catch {
      // Looked at again, it is reported with what the comparator says.
      return false;
    }
  }

  private count(records: number): void {
    this.records += records;
    this.options.onRecords(records);
  }

  /** Steps over as little as possible, so that both sides meet again. */
  private async resync(): Promise<void> {
    if (this.meetStragglers()) return;
    const { authority, mirror } = this.windows;
    for (let width: number = lookahead.first; width <= lookahead.most; width *= 4) {
      const [own, twin] = [authority.head, mirror.head];
      if (own === undefined || twin === undefined) return;
      await authority.fill(width);
      await mirror.fill(width);
      const ahead = authority.distanceOf(twin.key, width);
      const behind = mirror.distanceOf(own.key, width);
      if (ahead >= 0 && (behind < 0 || ahead <= behind)) return this.stepOver("authority", ahead);
      if (behind >= 0) return this.stepOver("mirror", behind);
      if (authority.length < width && mirror.length < width) break;
    }
    await this.askForOthers();
  }

  /** The heads may be what the other side was seen to have before. */
  private meetStragglers(): boolean {
    let hasMet = false;
    for (const role of ["authority", "mirror"] as const) {
      const { head } = this.windows[role];
      if (head === undefined || !this.pending[other[role]].has(head.key)) continue;
      this.stepOver(role, 1);
      hasMet = true;
    }
    return hasMet;
  }

  private stepOver(role: Role, records: number): void {
    let first = 0;
    for (const { key } of this.windows[role].take(records)) {
      if (this.pending[other[role]].delete(key)) this.suspects.push({ key, displaced: true });
      else if (this.pending[role].has(key)) this.suspects.push({ key, displaced: true });
      else {
        this.pending[role].add(key);
        first++;
      }
    }
    this.count(first);
  }

  /** Nothing near: what the other side does not have at all is not worth looking for. */
  private async askForOthers(): Promise<void> {
    let removed = 0;
    for (const role of ["authority", "mirror"] as const) {
      const window = this.windows[role];
      const held = await this.statesOf(other[role], window.unasked());
      const lone = window.answered(held);
      removed += lone.length;
      this.count(lone.length);
      for (const key of lone) await this.suspect({ key, displaced: true });
    }
    if (removed > 0) return;
    this.stepOver("authority", 1);
    this.stepOver("mirror", 1);
  }

  private statesOf(role: Role, keys: readonly string[]): Promise<ReadonlyMap<string, JsonValue>> {
    const { sides, collection } = this.options;
    if (keys.length === 0) return Promise.resolve(new Map());
    return readSide(role, () => sides[role].states(collection, keys));
  }

  /** Many pending records may be many that the other side lacks, or a great disorder. */
  private async thinOut(): Promise<void> {
    for (const role of ["authority", "mirror"] as const) {
      const pending = this.pending[role];
      if (pending.size <= mostPending) continue;
      const keys = [...pending];
      for (let start = 0; start < keys.length; start += suspectBatch) {
        const some = keys.slice(start, start + suspectBatch);
        const held = await this.statesOf(other[role], some);
        for (const key of some) {
          if (held.has(key)) continue;
          pending.delete(key);
          await this.suspect({ key, displaced: true });
        }
      }
      this.isDisordered ||= pending.size > mostPending / 2;
    }
  }

  /** What one side has left; of both sides where places are not compared any more. */
  private async compareRest(): Promise<void> {
    for (const role of ["authority", "mirror"] as const) {
      const window = this.windows[role];
      for (;;) {
        await this.options.breath.take(this.options.signal);
        await window.fill(1);
        if (window.length === 0) break;
        if (this.isDisordered) await this.compareByKey(role);
        else this.stepOver(role, suspectBatch);
        await this.flush(suspectBatch);
        if (!this.isDisordered) await this.thinOut();
      }
    }
  }

  private async compareByKey(role: Role): Promise<void> {
    const records = this.windows[role].take(suspectBatch);
    const keys = records.map(({ key }) => key);
    const held = await this.statesOf(other[role], keys);
    for (const { key, value } of records) {
      const twin = held.get(key);
      // Walked from the authority's side already.
      if (twin !== undefined && role === "mirror") continue;
      if (this.pending[other[role]].delete(key)) {
        await this.suspect({ key, displaced: true });
        continue;
      }
      this.count(1);
      if (twin !== undefined && this.isEqual(value, twin)) this.same++;
      else await this.suspect({ key, displaced: false });
    }
  }

  private async suspect(suspect: Suspect): Promise<void> {
    this.suspects.push(suspect);
    await this.flush(suspectBatch);
  }

  private async flush(least: number): Promise<void> {
    if (this.suspects.length < least) return;
    const { suspects } = this;
    this.suspects = [];
    await this.options.onSuspects(suspects);
  }
}
