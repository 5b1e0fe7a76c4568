import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseReport, type ProgramReport } from "./report.ts";

/** Longer than any program of this folder may take, in milliseconds. */
const timeout = 180_000;

const sources = ["--conditions=@cutover/source"];

/**
 * Runs a program of this folder in a process of its own, with our packages' sources unless told
 * otherwise.
 *
 * @throws Error when it fails
 */
export function runProgram(
  name: string,
  args: readonly string[],
  conditions: readonly string[] = sources,
): ProgramReport {
  const path = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const run = spawnSync(process.execPath, [...conditions, path, ...args], {
    encoding: "utf8",
    timeout,
  });
  if (run.status !== 0) throw new Error(`${name} failed:\n${run.stderr}`);
  return parseReport(run.stdout);
}
