import type { Replica } from "@cutover/core";
import type { AtFailpoint } from "../failpoint.ts";
import type { ApplyTarget } from "./apply-states.ts";

/** What is made equal to what. */
export interface DrainTarget extends ApplyTarget {
  readonly source: Replica;
  readonly at?: AtFailpoint | undefined;
}
