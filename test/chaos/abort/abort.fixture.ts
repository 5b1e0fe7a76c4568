// Gives calls up at each of their steps, or at MOST of them, and prints a report of each as JSON:
//   node --conditions=@cutover/source test/chaos/abort/abort.fixture.ts SUBJECT CALL,CALL|all MOST [STEP] [FAULT]
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SweepReport } from "./sweep.ts";
import { callsOf, sweepCall } from "./sweep-call.ts";

const [subject = "", wanted = "all", most = "Infinity", only = "-", fault = "-"] =
  process.argv.slice(2);
/** Nothing here asks what a disk keeps, so none has to be waited for. */
const memory = "/dev/shm";
const folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "cutover-abort-"));
const options = { most: Number(most), only: only === "-" ? undefined : Number(only) };
const reports: Record<string, SweepReport> = {};
try {
  for (const call of wanted === "all" ? callsOf(subject) : wanted.split(",")) {
    const own = join(folder, call);
    mkdirSync(own);
    reports[call] = await sweepCall({ subject, call, folder: own, fault }, options);
  }
  console.log(JSON.stringify(reports, null, 1));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
