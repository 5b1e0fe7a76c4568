import type { ControlStore } from "@cutover/core";
import { SqliteControlStore } from "./sqlite-control-store.ts";

/** What {@link sqliteControl} accepts. */
export interface SqliteControlOptions {
  /**
   * The control database, such as `<data>/.cutover/control.db`. A folder for the locks and a small
   * file for the generation lie beside it. Never inside a store that is being moved.
   */
  readonly path: string;
  /** The present, in milliseconds since 1970, for the age of marks. Default: `Date.now`. */
  readonly clock?: () => number;
}

/**
 * A control store in a SQLite database of its own, for any number of processes of one machine.
 * Marks and records survive a power cut; locks end with the process that holds them.
 *
 * @example
 * const control = sqliteControl({ path: "data/.cutover/control.db" });
 * await control.open();
 */
export function sqliteControl(options: SqliteControlOptions): ControlStore {
  const { path, clock = Date.now } = options;
  return new SqliteControlStore({ path, nowMs: () => Math.floor(clock()), pause: () => {} });
}
