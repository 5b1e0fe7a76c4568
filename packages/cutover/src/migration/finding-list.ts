import type { FilePosition } from "@cutover/core";

/** Something in a JSON file that the database cannot take as it is. Names no value. */
export interface Finding {
  readonly collection: string;
  /** A stable slug, such as `lone-surrogate`; `corrupt-file` where nothing of the file can be used. */
  readonly code: string;
  readonly message: string;
  readonly position: FilePosition;
  /** False where setting the record aside does not help. */
  readonly canQuarantine: boolean;
}

/** All findings, counted; the first ones kept. */
export class FindingList {
  readonly #listed: number;
  readonly #first: Finding[] = [];
  #count = 0;
  #blocking = 0;

  /** @param listed - how many to keep; default 100 */
  constructor(listed = 100) {
    this.#listed = listed;
  }

  add(finding: Finding): void {
    this.#count += 1;
    if (!finding.canQuarantine) this.#blocking += 1;
    if (this.#first.length < this.#listed) this.#first.push(finding);
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** How many of them no quarantine mends. */
  get blocking(): number {
    return this.#blocking;
  }

  /** The first ones. */
  get first(): readonly Finding[] {
    return this.#first;
  }
}
