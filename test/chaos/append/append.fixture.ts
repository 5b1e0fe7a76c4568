// Runs transactions on lists in processes that are killed, and checks what they saw:
//   node --conditions=@cutover/source test/chaos/append/append.fixture.ts \
//     KIND|switching FAULT|- KILLS SEED
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { subjectKinds } from "../subject.ts";
import { appendRun } from "./append-run.ts";

const [wanted = "", fault = "-", kills = "10", seed = "1"] = process.argv.slice(2);
const switches = wanted === "switching";
const kind = switches ? "dualwrite" : subjectKinds.find((known) => known === wanted);
if (kind === undefined)
  throw new Error(`usage: append.fixture.ts ${subjectKinds.join("|")}|switching`);
const folder = mkdtempSync(join(tmpdir(), "cutover-append-"));
try {
  const given = { kind, fault, folder, switches };
  const report = await appendRun({ ...given, kills: Number(kills), seed: Number(seed) });
  console.log(JSON.stringify(report, null, 1));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
