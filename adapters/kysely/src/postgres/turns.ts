import type { CollectionDefinition } from "@cutover/core";
import type { SqlTable } from "../driver/sql-table.ts";
import type { SqlValue } from "../sql/statement.ts";
import type { Outcome, Step } from "./link.ts";

/** How a writer takes its turn. */
export interface Entering {
  readonly definitions: readonly CollectionDefinition[];
  /** Nobody else writes to these collections meanwhile; else only nobody who entered so. */
  readonly exclusive: boolean;
  readonly waitMs: number;
}

/** Which commit of whom. */
export interface CommitName {
  readonly writer: string;
  readonly token: number;
}

/** One record that one caller puts, and nothing else. */
export interface LonePutting {
  readonly cells: readonly SqlValue[];
  readonly signature: CommitName;
  readonly waitMs: number;
}

/**
 * How writers keep out of each other's way, and sign what they commit. Engines differ in it; all
 * processes that use one schema have to do it in the same way.
 */
export interface Turns {
  /** Enters collections until the transaction ends. Fails where one has another definition. */
  enter(entering: Entering): readonly Step[];
  /**
   * Enters a collection, puts a record and signs, all at once. Left out, or undefined for a table for
   * which there is no such way, where it takes a step each.
   */
  putAlone?(table: SqlTable, putting: LonePutting): readonly Step[] | undefined;
  /** The last step of every commit. Fails where somebody gave the commit up; see {@link settle}. */
  sign(signer: CommitName): Step;
  /** Asks whether a commit took place; it never will if it did not. */
  settle(signer: CommitName, waitMs: number): readonly Step[];
  /** @param last outcome of {@link settle} */
  tookPlace(last: Outcome | undefined): boolean;
  /** Serialises what changes the schema itself. */
  readonly lockSchema: readonly Step[];
  /** {@link lockSchema} needs what {@link creation} makes. */
  readonly lockLiesInSchema: boolean;
  /** Keeps writers out of a collection whose table changes; they find it changed. */
  lockCollection(name: string): readonly Step[];
  /**
   * Keeps newcomers from sharing collections that somebody waits for alone; each ends by itself.
   * Left out where the server gives locks in the order in which they were asked for.
   */
  readonly marks?: {
    set(names: readonly string[]): readonly Step[];
    remove(names: readonly string[]): readonly Step[];
  };
  /** Makes what all this needs. */
  creation(): readonly string[];
  /** Makes what it needs for a table, in place of what there was. */
  tableCreation(table: SqlTable): readonly string[];
}
