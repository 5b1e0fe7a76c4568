import { join } from "node:path";

/** The folder inside a data folder that holds what this program keeps for itself; mode 0700. */
export const stateFolderName = ".cutover";

/** Where the parts of a data folder's state lie. */
export interface StatePaths {
  readonly state: string;
  readonly record: string;
  /** All records there ever were, one file per epoch. */
  readonly history: string;
  /** The lock among operators. */
  readonly lock: string;
  /** Decides the stages of units that move one by one. */
  readonly control: string;
  recordOf(epoch: number): string;
}

export function statePaths(folder: string): StatePaths {
  const state = join(folder, stateFolderName);
  const history = join(state, "history");
  return {
    state,
    history,
    record: join(state, "record.json"),
    lock: join(state, "migration.lock"),
    control: join(state, "control.db"),
    recordOf: (epoch) => join(history, `record-${epoch}.json`),
  };
}
