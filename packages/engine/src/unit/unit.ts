import type { CollectionDefinition } from "@cutover/core";

/** Collections that move together, because transactions span them. */
export interface Unit {
  /** `team/name`, or just a name; shown, and never changed while a hop is under way. */
  readonly name: string;
  readonly collections: readonly CollectionDefinition[];
  /** Where it was configured, for messages: `cutover.config.ts:12`. */
  readonly configuredAt?: string;
}
