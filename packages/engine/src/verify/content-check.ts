import { versionOf, type JsonValue } from "@cutover/core";
import type { Finding } from "../mismatch/mismatch.ts";
import { cleaned, equalUnder } from "./comparator.ts";
import type { Comparison } from "./comparison.ts";
import { differingPaths } from "./differing-paths.ts";
import type { Suspect } from "./lockstep.ts";
import { markCover, type MarkCover } from "./mark-cover.ts";
import { pauseBefore } from "./patience.ts";
import { RecordStates } from "./record-states.ts";
import { sameContent } from "./same-content.ts";
import type { SideTrouble } from "./side-trouble.ts";

/** Records looked up at a time. */
const batch = 500;
/** Suspects that wait for a second look, at most; keys are all that is kept of them. */
const mostWaiting = 10_000;

/** What came of a second look. */
export interface ContentVerdicts {
  readonly onFinding: (finding: Finding) => void;
  /** Equal on both sides after all. */
  readonly onSame: (suspect: Suspect) => void;
  /** Absent on both sides by now. */
  readonly onGone: (suspect: Suspect) => void;
  /** Never stood still. */
  readonly onUnstable: (suspect: Suspect) => void;
}

interface Waiting {
  readonly suspect: Suspect;
  /** What it looked like when it stood still and differed. */
  readonly seen: string | undefined;
}

interface Look {
  readonly before: JsonValue | undefined;
  readonly mirror: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

function sameOrBothAbsent(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return sameContent(left, right);
}

const version = (value: JsonValue | undefined): string | undefined =>
  value === undefined ? undefined : versionOf(value);

/**
 * Looks at suspects again, by their keys, while writers and the drain go on. A difference counts
 * when the authority held the same before and after the mirror was read, no mark covered the record
 * in between, and all of that was so twice with the same content.
 */
export class ContentCheck {
  private readonly comparison: Comparison;
  private readonly verdicts: ContentVerdicts;
  private readonly states: RecordStates;
  private readonly waiting = new Map<string, Waiting>();

  constructor(comparison: Comparison, verdicts: ContentVerdicts) {
    this.comparison = comparison;
    this.verdicts = verdicts;
    this.states = new RecordStates(comparison);
  }

  /** Takes suspects up. @throws SideTrouble when there is too much that cannot be read */
  async add(suspects: readonly Suspect[]): Promise<void> {
    for (let start = 0; start < suspects.length; start += batch) {
      const some = suspects.slice(start, start + batch);
      for (const suspect of some) this.waiting.set(suspect.key, { suspect, seen: undefined });
      await this.look(some.map(({ key }) => key));
    }
    if (this.waiting.size > mostWaiting) await this.settle();
  }

  /** Looks at what waits until it is decided, or patience is at an end. */
  async settle(): Promise<void> {
    const { patience, signal, onWait } = this.comparison;
    for (let look = 1; look < patience.looks && this.waiting.size > 0; look++) {
      onWait();
      await pauseBefore(look, patience, signal);
      const keys = [...this.waiting.keys()];
      for (let start = 0; start < keys.length; start += batch)
        await this.look(keys.slice(start, start + batch));
    }
    for (const { suspect } of this.waiting.values()) this.verdicts.onUnstable(suspect);
    this.waiting.clear();
  }

  private async look(keys: readonly string[]): Promise<void> {
    const { control, unit, collection, breath, signal } = this.comparison;
    await breath.take(signal);
    const before = await this.states.of("authority", keys);
    const cover = await markCover(control, unit, collection.name);
    const mirror = await this.states.of("mirror", keys);
    const after = await this.states.of("authority", keys);
    for (const key of keys) {
      const look = { before: before.get(key), mirror: mirror.get(key), after: after.get(key) };
      this.judge(key, look, cover);
    }
  }

  private judge(key: string, { before, mirror, after }: Look, cover: MarkCover): void {
    const waiting = this.waiting.get(key);
    if (waiting === undefined) return;
    const { suspect, seen } = waiting;
    const decide = (verdict: (suspect: Suspect) => void): void => {
      this.waiting.delete(key);
      verdict(suspect);
    };
    const trouble = this.states.troubleOf(key);
    if (trouble !== undefined) return decide(() => this.report(this.unreadable(key, trouble)));
    const stoodStill = sameOrBothAbsent(before, after) && !cover.covers(key);
    if (!stoodStill) this.waiting.set(key, { suspect, seen: undefined });
    else if (before === undefined && mirror === undefined) decide(this.verdicts.onGone);
    else {
      const finding = this.difference(key, before, mirror);
      if (finding === undefined) return decide(this.verdicts.onSame);
      const look = `${finding.authority} ${finding.mirror} ${finding.message}`;
      if (seen === look) decide(() => this.report(finding));
      else this.waiting.set(key, { suspect, seen: look });
    }
  }

  private report(finding: Finding): void {
    this.verdicts.onFinding(finding);
  }

  private unreadable(key: string, { message }: SideTrouble): Finding {
    const { name } = this.comparison.collection;
    const absent = { authority: undefined, mirror: undefined };
    return { collection: name, key, kind: "error", paths: [], ...absent, message };
  }

  /** Undefined where nothing differs that counts. */
  private difference(
    key: string,
    authority: JsonValue | undefined,
    mirror: JsonValue | undefined,
  ): Finding | undefined {
    const collection = this.comparison.collection.name;
    const versions = { authority: version(authority), mirror: version(mirror) };
    if (authority === undefined) return { collection, key, kind: "extra", paths: [], ...versions };
    if (mirror === undefined) return { collection, key, kind: "missing", paths: [], ...versions };
    const { comparator } = this.comparison;
    try {
      if (equalUnder(comparator, authority, mirror)) return undefined;
      const paths =
        comparator === undefined
          ? differingPaths(authority, mirror)
          : differingPaths(cleaned(authority, comparator), cleaned(mirror, comparator));
      return { collection, key, kind: "changed", paths, ...versions };
    } catch {
      // What a comparator of the team throws may quote the record: its message is not repeated.
      const message = `the comparator of collection "${collection}" failed for this record`;
      return { collection, key, kind: "error", paths: [], ...versions, message };
    }
  }
}
