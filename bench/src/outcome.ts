import type { Environment } from "./environment.ts";
import type { Measure } from "./measure.ts";
import type { StoreFacts } from "./store-facts.ts";

/** All that a run found out: what `--json` prints and a report is made of. */
export interface Outcome {
  /** When it began, in ISO 8601. */
  readonly begun: string;
  /** How long it took. */
  readonly seconds: number;
  readonly environment: Environment;
  /** How many processes wanted the processor on average of a minute, before the run and after it. */
  readonly load: { readonly before: number; readonly after: number };
  readonly effort: "quick" | "full";
  readonly rounds: number;
  readonly records: number;
  readonly measures: readonly Measure[];
  readonly stores: readonly StoreFacts[];
  readonly notes: readonly string[];
  readonly failures: readonly string[];
}
