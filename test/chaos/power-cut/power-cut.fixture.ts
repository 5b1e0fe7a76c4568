// Cuts the power under writers again and again and prints a report as JSON; only root may:
//   node --conditions=@cutover/source test/chaos/power-cut/power-cut.fixture.ts \
//     KIND ext4|xfs ROUNDS SEED [no-sync|whole-only]
import { join } from "node:path";
import { subjectKinds } from "../subject.ts";
import { fileSystems } from "./disk-under-test.ts";
import { powerCutLoop } from "./power-cut-loop.ts";

const [wanted, system, rounds = "20", seed = "1", weakening] = process.argv.slice(2);
const kinds = [...subjectKinds, "control", "early"] as const;
const kind = kinds.find((known) => known === wanted);
const fileSystem = fileSystems.find((known) => known === system);
if (kind === undefined || fileSystem === undefined)
  throw new Error(`usage: power-cut.fixture.ts ${kinds.join("|")} ${fileSystems.join("|")}`);
const imports = weakening === "no-sync" ? [join(import.meta.dirname, "no-sync.fixture.ts")] : [];
const mayLose = weakening === "whole-only";
const given = { kind, fileSystem, rounds: Number(rounds), seed: Number(seed), imports, mayLose };
console.log(JSON.stringify(await powerCutLoop(given), null, 1));
