import type { Effort } from "./effort.ts";
import type { Measure } from "./measure.ts";

/** What a row may use. */
export interface RowContext {
  /** A folder of its own, on the disk that is measured; removed afterwards. */
  readonly folder: string;
  readonly effort: Effort;
  /** Adds a sentence that is printed beneath the table. */
  readonly note: (sentence: string) => void;
}

/** One row of the benchmark. */
export interface Row {
  readonly id: string;
  readonly title: string;
  /** Whether only the full form has it, unless it is asked for by name. */
  readonly fullOnly?: boolean;
  /** Measures. Rows do not know of each other and may run alone. */
  readonly run: (context: RowContext) => Promise<Measure[]>;
}
