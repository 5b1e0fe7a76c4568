import type { ControlStore } from "@cutover/core";

/** What a clause asks a control store to be made with. */
export interface OpenControlOptions {
  /** The present, in milliseconds since 1970. */
  readonly clock?: () => number;
}

/** Makes a control store in a folder, without opening it. */
export type OpenControl = (location: string, options: OpenControlOptions) => ControlStore;

/** A control store under test. */
export interface ControlSubject {
  /** Shown in test titles. */
  readonly name: string;
  /** Makes the store that lies at `location`, a folder that is empty the first time. */
  readonly make: OpenControl;
}

/** What a clause works with. Everything it opens is closed and removed after it. */
export interface ControlContext {
  /** Opens a new store. */
  readonly open: (options?: OpenControlOptions) => Promise<ControlStore>;
}

/** One promise of a control store, as a runnable proof. */
export interface ControlClause {
  /** Stable name: `topic/what-it-says`. */
  readonly id: string;
  /** What can be observed, as a sentence. */
  readonly title: string;
  /** Throws when the promise is broken. */
  readonly run: (context: ControlContext) => Promise<void>;
}
