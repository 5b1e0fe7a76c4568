import { rmSync } from "node:fs";
import { conditionsOfBuilt } from "../built.ts";
import type { Timing } from "../contest.ts";
import { runProgram } from "../programs/run-program.ts";
import type { GrownStore, GrowthStage } from "./growth-stage.ts";

/** A new process that opens a store and gets one record: how long, and with how much memory. */
export interface Opened {
  readonly open: Timing[];
  /** In megabytes. */
  readonly memory: Timing[];
}

const emptyTiming = ({ name }: GrownStore): Timing => ({ name, rounds: [], slowest: [] });

/** Opens each store in a process of its own, round by round. The stores must be closed. */
export function openedStores({ stores, sample }: GrowthStage, rounds: number): Opened {
  const open = stores.map(emptyTiming);
  const memory = stores.map(emptyTiming);
  const key = sample.at(-1)?.[0] ?? "";
  for (let round = 0; round < rounds; round++) {
    for (const [at, { kind, folder }] of stores.entries()) {
      const empty = `${folder}-empty`;
      const report = runProgram("open-store", [kind.id, folder, key, empty], conditionsOfBuilt());
      rmSync(empty, { recursive: true });
      open[at]?.rounds.push(report.ms * 1000);
      memory[at]?.rounds.push(report.peakMb);
    }
  }
  return { open, memory };
}
