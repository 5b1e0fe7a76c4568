// Kills writers of one subject again and again: argv kind, rounds, seed. Prints a report as JSON.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { childEnv } from "../child-env.ts";
import { killLoop } from "./kill-loop.ts";
import { Subject, subjectKinds } from "../subject.ts";
import { collections } from "./counters.ts";

const [wanted = "", rounds = "40", seed = "1"] = process.argv.slice(2);
const kind = subjectKinds.find((known) => known === wanted);
if (kind === undefined) throw new Error(`usage: kill-loop.fixture.ts ${subjectKinds.join("|")}`);
const writer = join(import.meta.dirname, "writer.fixture.ts");
spawnSync(process.execPath, ["--conditions=@cutover/source", writer, "warm-up"], { env: childEnv });
const folder = mkdtempSync(join(tmpdir(), "cutover-kill-loop-"));
try {
  await new Subject(kind, folder, collections).prepare();
  const began = performance.now();
  const report = await killLoop({ kind, folder, rounds: Number(rounds), seed: Number(seed) });
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(JSON.stringify({ ...report, rounds: Number(rounds), seconds }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
