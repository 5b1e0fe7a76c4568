import type { Failpoint, Stage } from "@cutover/engine";
import type { CallName } from "./calls.ts";
import type { Fault } from "./fault.ts";
import type { Action } from "./operations.ts";
import type { CollectionName } from "./subject.ts";

/**
 * How both stores stand to each other when the victim begins. `lost`: records differ, and no mark
 * says so.
 */
export type Dirt = "uncopied" | "clean" | "keys" | "whole" | "lost";

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
  /** Whether the marks are lost as well, so that only a comparison can tell what differs. */
  readonly losesMarks: boolean;
  /** How the victim departs from the protocol. Default: not at all. */
  readonly fault?: Fault;
}

/** What types a scenario to be played alone. */
export function commandOf({ title }: Scenario): string {
  const pattern = title.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  return `CUTOVER_PROOF=full pnpm exec vitest run --project proof test/failpoints -t "${pattern}"`;
}
