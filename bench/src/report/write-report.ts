import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "../outcome.ts";
import { chartsOf } from "./charts.ts";
import { reportPage } from "./page.ts";

/** Writes the run, the page and its pictures into a folder; pictures of an earlier run go. */
export function writeReport(folder: string, outcome: Outcome): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".svg")) rmSync(join(folder, name));
  }
  const charts = chartsOf(outcome);
  for (const { name, svg } of charts) writeFileSync(join(folder, name), svg);
  writeFileSync(join(folder, "README.md"), reportPage(outcome, charts));
  writeFileSync(join(folder, "run.json"), `${JSON.stringify(outcome, null, 2)}\n`);
}
