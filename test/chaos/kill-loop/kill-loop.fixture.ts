// Kills writers of one kind of store again and again and prints a report as JSON:
//   node --conditions=@cutover/source test/chaos/kill-loop/kill-loop.fixture.ts \
//     KIND [ROUNDS] [SEED] [STORES THAT A WRITER WRITES TO AT ONCE]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { childEnv } from "../child-env.ts";
import { subjectKinds } from "../subject.ts";
import { killLoop } from "./kill-loop.ts";

const [wanted = "", rounds = "40", seed = "1", stores = "1"] = process.argv.slice(2);
const kind = subjectKinds.find((known) => known === wanted);
if (kind === undefined) throw new Error(`usage: kill-loop.fixture.ts ${subjectKinds.join("|")}`);
const writer = join(import.meta.dirname, "writer.fixture.ts");
const warmUp = ["--conditions=@cutover/source", writer, kind, "warm-up"];
spawnSync(process.execPath, warmUp, { env: childEnv });
const folder = mkdtempSync(join(tmpdir(), "cutover-kill-loop-"));
try {
  const began = performance.now();
  const numbers = { rounds: Number(rounds), seed: Number(seed), stores: Number(stores) };
  const report = await killLoop({ kind, folder, ...numbers });
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(JSON.stringify({ ...report, ...numbers, seconds }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
