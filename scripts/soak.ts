// Holds random commands against the model and all adapters for as long as you like:
//   pnpm test:soak [minutes, default 10] [subject …]
import { replayFrom, runModel } from "@cutover/contract-tests/model";
import { subjects } from "../test/subjects/subjects.ts";

const [minutesText = "10", ...names] = process.argv.slice(2);
const minutes = Number(minutesText);
const chosen = subjects.filter(({ name }) => names.length === 0 || names.includes(name));
if (!(minutes > 0) || chosen.length === 0) {
  console.error(
    `usage: pnpm test:soak [minutes] [${subjects.map(({ name }) => name).join("|")} …]`,
  );
  process.exit(2);
}

const endMs = performance.now() + minutes * 60_000;
const isOver = (): boolean => performance.now() >= endMs;
const perSeed = 2000;
let commands = 0;
for (let first = true; first || !isOver(); first = false) {
  const replay = first ? replayFrom(process.env) : {};
  const report = await runModel({
    subjects: chosen,
    commands: perSeed,
    isOver,
    ...replay,
    replayWith: `pnpm test:soak ${minutesText} ${names.join(" ")}`.trim(),
  });
  commands += report.commands;
  console.log(
    `seed ${report.seed}: ${report.commands} commands, ${Math.round((report.commands / report.durationMs) * 1000)} a second; ${commands} in all`,
  );
  if ("path" in replay) break;
}
