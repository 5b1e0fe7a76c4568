import type { Finding } from "../mismatch/mismatch.ts";
import { equalUnder } from "./comparator.ts";
import type { Comparison } from "./comparison.ts";
import { ContentCheck } from "./content-check.ts";
import type { Found } from "./found.ts";
import { Lockstep, type Suspect } from "./lockstep.ts";
import { OrderCheck } from "./order-check.ts";
import { SideTrouble } from "./side-trouble.ts";
import type { CollectionVerification } from "./verification-report.ts";

/** Records whose places are looked at one by one, at most. */
const mostDisplaced = 20_000;

/** Compares one collection of both stores. */
export class CollectionCheck {
  private readonly comparison: Comparison;
  private readonly found: Found;
  private readonly onRecords: (records: number) => void;
  private readonly content: ContentCheck;
  private readonly displaced = new Set<string>();
  private isDisordered = false;
  private records = 0;
  private same = 0;

  constructor(comparison: Comparison, found: Found, onRecords: (records: number) => void) {
    this.comparison = comparison;
    this.found = found;
    this.onRecords = onRecords;
    const { name } = comparison.collection;
    this.content = new ContentCheck(comparison, {
      onFinding: (finding) => found.add(finding),
      onSame: (suspect) => this.onSame(suspect),
      onGone: () => this.records--,
      onUnstable: ({ key }) => found.addUnstable(name, key),
    });
  }

  async run(): Promise<CollectionVerification> {
    const { collection } = this.comparison;
    const began = performance.now();
    try {
      await this.compare();
    } catch (error) {
      if (!(error instanceof SideTrouble)) throw error;
      this.found.keepAll(collection.name);
      this.found.add(this.ofAll("error", error.message));
    }
    const { differences, findings, ignored, unstable } = this.found;
    return {
      collection: collection.name,
      records: this.records,
      same: this.same,
      differences,
      findings,
      ignored,
      unstable,
      durationMs: performance.now() - began,
    };
  }

  private async compare(): Promise<void> {
    const { sides, collection, comparator, breath, signal } = this.comparison;
    const lockstep = new Lockstep({
      sides,
      collection,
      isEqual: (authority, mirror) => equalUnder(comparator, authority, mirror),
      onSuspects: (suspects) => this.content.add(suspects),
      onRecords: this.onRecords,
      breath,
      signal,
    });
    try {
      await lockstep.run();
    } finally {
      this.records += lockstep.records;
      this.same += lockstep.same;
    }
    await this.content.settle();
    await this.comparePlaces(lockstep.isDisordered);
  }

  private onSame({ key, displaced }: Suspect): void {
    this.same++;
    if (!displaced) return;
    if (this.displaced.size < mostDisplaced) this.displaced.add(key);
    else this.isDisordered = true;
  }

  private async comparePlaces(isDisordered: boolean): Promise<void> {
    let moved = 0;
    const check = new OrderCheck(this.comparison, {
      onFinding: (finding) => {
        moved++;
        this.same--;
        this.found.add(finding);
      },
      onUnstable: (key) => {
        this.same--;
        this.found.addUnstable(this.comparison.collection.name, key);
      },
    });
    await check.run(this.displaced);
    // So many that not all were looked at: those that were speak for the others.
    if (moved > 0 && (isDisordered || this.isDisordered)) this.found.add(this.ofAll("moved"));
  }

  private ofAll(kind: "moved" | "error", message?: string): Finding {
    return {
      collection: this.comparison.collection.name,
      key: undefined,
      kind,
      paths: [],
      authority: undefined,
      mirror: undefined,
      ...(message === undefined ? {} : { message }),
    };
  }
}
