import { mismatchId, sameVersions } from "../mismatch/mismatch-book.ts";
import type { Finding, Mismatch } from "../mismatch/mismatch.ts";

/** What a pass has found in one collection so far. */
export class Found {
  /** Differences, ignored ones not counted. */
  differences = 0;
  ignored = 0;
  unstable = 0;
  readonly findings: Finding[] = [];
  /** Mismatches that are still there, or of which nothing can be said. */
  readonly standing: Set<string> = new Set();
  private readonly known: ReadonlyMap<string, Mismatch>;
  private readonly most: number;
  private readonly isBypassed: boolean;

  /**
   * @param known mismatches recorded earlier, by their ids
   * @param most findings to keep
   * @param isBypassed somebody else has written to the mirror: what differs may be their doing
   */
  constructor(known: ReadonlyMap<string, Mismatch>, most: number, isBypassed = false) {
    this.known = known;
    this.most = most;
    this.isBypassed = isBypassed;
  }

  add(difference: Finding): void {
    const { kind } = difference;
    const isTheirs = this.isBypassed && kind !== "error";
    const finding: Finding = { ...difference, kind: isTheirs ? "bypassed" : kind };
    const id = mismatchId(finding);
    const known = this.known.get(id);
    if (known !== undefined) this.standing.add(id);
    if (known?.state === "ignored" && sameVersions(known, finding)) {
      this.ignored++;
      return;
    }
    this.differences++;
    if (this.findings.length < this.most) this.findings.push(finding);
  }

  addUnstable(collection: string, key: string): void {
    this.unstable++;
    this.standing.add(mismatchId({ collection, key }));
  }

  /** Nothing can be said of mismatches of this collection. */
  keepAll(collection: string): void {
    for (const [id, mismatch] of this.known) {
      if (mismatch.collection === collection) this.standing.add(id);
    }
  }
}
