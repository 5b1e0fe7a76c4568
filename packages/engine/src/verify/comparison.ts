import type { CollectionDefinition, ControlStore, Replica } from "@cutover/core";
import type { Breath } from "./breath.ts";
import type { Comparator } from "./comparator.ts";
import type { Roles } from "./lockstep.ts";
import type { Patience } from "./patience.ts";

/** What the parts of a comparison of one collection share. */
export interface Comparison {
  readonly control: ControlStore;
  readonly unit: string;
  readonly collection: CollectionDefinition;
  readonly sides: Roles<Replica>;
  readonly comparator: Comparator | undefined;
  readonly patience: Patience;
  readonly breath: Breath;
  readonly signal: AbortSignal | undefined;
  /** Called when something marked is waited for, so that it is drained. */
  readonly onWait: () => void;
}
