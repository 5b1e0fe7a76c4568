import { rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { planRows } from "@cutover/bench/plan-rows";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
  loadProject,
  migrate,
  rollback,
} from "cutover";
import { jsonFiles, makeDataFolder } from "./data-folder.ts";
import { writeSomething } from "./edits.ts";
import { lineDifference } from "./line-diff.ts";
import { planTable } from "./plan-table.ts";
import { sqlAnswers, tableSizes } from "./sql-answers.ts";
import { printedStage } from "./stage.ts";

const began = performance.now();
const source = process.argv[2] === undefined ? undefined : resolve(process.argv[2]);
const stage = printedStage();

console.log("Cutover: a folder of JSON files becomes a database, and comes back.");
const folder = await makeDataFolder(source);
try {
  const project = await loadProject(folder);
  const { collections, databasePath } = project;
  const target = { folder, collections, databasePath };
  const before = await jsonFiles(folder);

  stage.chapter("The data");
  const bytes = [...before.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  stage.say(
    source === undefined
      ? `Look-alike data of a ComfyUI extension, made for this demo: ${before.size} JSON files, ${formatBytes(bytes)}.`
      : `A copy of ${source}: ${before.size} JSON files, ${formatBytes(bytes)}.`,
    `It lies in ${folder}. How it is understood: ${project.source}.`,
  );

  stage.chapter("Migrate: copy every record, compare every record, then switch");
  stage.command("cutover migrate data");
  const migrated = await migrate(target);
  if (migrated.outcome !== "migrated") {
    for (const { position, message } of migrated.findings.first) {
      stage.say(`${position.file}:${position.line}:${position.column} ${message}`);
    }
    throw new Error("the data has findings; `cutover plan` lists them all");
  }
  const records = migrated.collections.reduce((sum, collection) => sum + collection.records, 0);
  stage.say(
    `${formatCount(records)} records copied in ${formatDuration(migrated.timings.copyMs)} and compared, ` +
      `both sides read anew, in ${formatDuration(migrated.timings.verifyMs)}: no difference.`,
    "The JSON files were not touched.",
  );

  stage.chapter("What SQL can answer now, with nothing but SQLite");
  for (const { asks, rows, milliseconds } of sqlAnswers(databasePath)) {
    stage.say(`${asks} (${formatDuration(milliseconds)})`, ...rows.map((row) => `    ${row}`));
  }
  const sizes = tableSizes(databasePath);

  stage.chapter("Write while the database is in charge");
  const edits = await writeSomething(folder, collections);
  stage.say(...new Set(edits.map(({ what }) => what)));

  stage.chapter("Roll back: everything returns to the JSON files, the new writes too");
  stage.command("cutover rollback data --yes");
  const rolledBack = await rollback(target);
  if (rolledBack.outcome !== "rolled-back")
    throw new Error(`the rollback ended with "${rolledBack.outcome}"`);
  const after = await jsonFiles(folder);
  stage.say(
    `Done and compared in ${formatDuration(rolledBack.timings.writeMs + rolledBack.timings.verifyMs)}. The database is kept aside.`,
  );

  stage.chapter("The result");
  const rows = migrated.collections.map(({ name, file, records: copied }) => {
    const old = before.get(file);
    const back = after.get(file);
    const comparison = migrated.verification.find(({ collection }) => collection === name);
    return [
      name,
      formatCount(copied),
      old === undefined ? "–" : formatBytes(old.sizeBytes),
      formatBytes(sizes.get(name) ?? 0),
      comparison?.isEqual === true
        ? `${formatCount(comparison.right)} of ${formatCount(comparison.left)}`
        : "NO",
      cameBack(old, back, edits.filter((edit) => edit.file === file).length),
    ];
  });
  stage.say(
    ...formatTable(
      [
        { title: "collection" },
        { title: "records", align: "right" },
        { title: "JSON", align: "right" },
        { title: "SQLite", align: "right" },
        { title: "verified", align: "right" },
        { title: "came back" },
      ],
      rows,
    ),
  );

  stage.chapter("The plan's five rows, measured here on both backends");
  stage.say(...planTable(await planRows({ rounds: 3 })));
  stage.say("", `Everything took ${formatDuration(performance.now() - began)}.`);
} finally {
  await rm(dirname(folder), { recursive: true, force: true });
}

function cameBack(
  old: { readonly sha256: string; readonly text: string } | undefined,
  back: { readonly sha256: string; readonly text: string } | undefined,
  writes: number,
): string {
  if (old?.sha256 === back?.sha256)
    return writes === 0 ? "identical, byte for byte" : "WITHOUT the new writes";
  if (writes === 0 || old === undefined || back === undefined) return "DIFFERENT";
  const { added, removed } = lineDifference(old.text, back.text);
  return `with the new writes: ${added} lines added, ${removed} removed, the rest byte for byte`;
}
