import type { Failpoint, Stage } from "@cutover/engine";
import type { CallName } from "./calls.ts";
import type { Action } from "./operations.ts";
import type { CollectionName } from "./subject.ts";

/** How both stores stand to each other when the victim begins. */
export type Dirt = "uncopied" | "clean" | "keys" | "whole";

/** What the victim does. */
export type Deed =
  | { readonly as: "operator"; readonly action: Action }
  | { readonly as: "app"; readonly call: CallName }
  | { readonly as: "app"; readonly seed: number };

/** One process that dies at one moment, while another one writes. */
export interface Scenario {
  readonly title: string;
  readonly stage: Stage;
  readonly dirt: Dirt;
  readonly deed: Deed;
  readonly point: Failpoint;
  /** It dies when it comes there for this time. */
  readonly time: number;
  /** Collections that only the victim writes to. */
  readonly alone: readonly CollectionName[];
  /** Whether the other process drains, too, so that it comes upon what the victim left. */
  readonly otherDrains: boolean;
}
