/** How much work a run puts into each row. */
export interface Effort {
  /** Records in the store that is measured. */
  readonly records: number;
  /** Records of a migration. */
  readonly migrated: number;
  /** Rounds; in each, every contestant has one turn. */
  readonly rounds: number;
  /** Scales the operations of a turn. */
  readonly share: number;
  /** Whether those take part whose stores take seconds to fill. */
  readonly everyPeer: boolean;
  /** Sizes at which growth is measured. */
  readonly growth: readonly number[];
  /** A size for SQLite alone; undefined for none. */
  readonly growthOfSqlite?: number;
}

/** The figures of the README. */
export const fullEffort: Effort = {
  records: 10_000,
  migrated: 100_000,
  rounds: 11,
  share: 1,
  everyPeer: true,
  growth: [100, 1000, 10_000, 100_000],
  growthOfSqlite: 1_000_000,
};
/** Under two minutes for all rows: fewer rounds, shorter turns, half of a migration. */
export const quickEffort: Effort = {
  records: 10_000,
  migrated: 50_000,
  rounds: 5,
  share: 0.4,
  everyPeer: false,
  growth: [100, 1000, 10_000],
};

/**
 * Rounds for operations that take microseconds: many short turns, most of which nobody else on the
 * machine interrupts.
 */
export function shortRounds(effort: Effort): number {
  return effort.rounds * 4;
}

/** So many operations, scaled by the effort; at least one. */
export function operationsOf(effort: Effort, operations: number): number {
  return Math.max(1, Math.round(operations * effort.share));
}
