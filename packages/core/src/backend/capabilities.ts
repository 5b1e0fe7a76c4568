/**
 * What an acknowledged write survives.
 * `none`: nothing, the data is gone with the process. `process-crash`: the end of the process,
 * however sudden. `power-loss`: that, and the machine losing power.
 */
export type Durability = "none" | "process-crash" | "power-loss";

/** What a backend promises beyond the base contract. It never changes while the backend is open. */
export interface Capabilities {
  readonly durability: Durability;
  /** Several processes may use the same store at once. */
  readonly multiProcess: boolean;
  /** `backup()` works. */
  readonly backup: boolean;
  /** `search()` can order by relevance. */
  readonly relevance: boolean;
}
