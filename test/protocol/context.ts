import type { Configuration } from "./configuration.ts";
import type { Emit, ModelState } from "./model-state.ts";
import type { Weakening } from "./weakening.ts";

/** What an actor needs to take its next steps. */
export interface Context {
  readonly state: ModelState;
  readonly configuration: Configuration;
  /** Undefined: the protocol as it is. */
  readonly weakening: Weakening | undefined;
  readonly emit: Emit;
}
