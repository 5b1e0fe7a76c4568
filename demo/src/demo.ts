import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { planRows } from "@cutover/bench/plan-rows";
import { formatBytes, formatCount, formatDuration, loadProject, type Project } from "cutover";
import { typed } from "./command.ts";
import { addTeam, jsonFiles, makeDataFolder, type FileState } from "./data-folder.ts";
import { allRecords, compareEnd } from "./end-files.ts";
import { lineDifference } from "./line-diff.ts";
import { planTable } from "./plan-table.ts";
import { sqlAnswers } from "./sql-answers.ts";
import { printedStage } from "./stage.ts";
import { subjectsOf, type Subject } from "./traffic/subject.ts";
import { Traffic } from "./traffic/traffic.ts";
import { walk, type Step } from "./walk.ts";

const processes = 2;
const shownDifferences = 10;
const began = performance.now();
const source = process.argv[2] === undefined ? undefined : resolve(process.argv[2]);
const stage = printedStage();

async function prepare(folder: string): Promise<{ project: Project; subjects: Subject[] }> {
  await typed(["init", folder, "--write"]);
  const { collections } = await loadProject(folder);
  const subjects = await subjectsOf(folder, collections);
  const together = subjects.slice(-2).map(({ definition }) => definition.name);
  if (subjects.length === 0)
    throw new Error(`${source ?? folder} has no small file of records that clients could write to`);
  await addTeam(folder, { collections: collections.map(({ name }) => name), together });
  return { project: await loadProject(folder), subjects };
}

const milliseconds = (value: number): string => `${value.toFixed(0)} ms`;

function stepLine(step: Step): string {
  const { verb, outcome, meanwhile, frozenMs } = step;
  return [
    `$ cutover ${verb} data`.padEnd(24),
    outcome.padEnd(28),
    formatCount(meanwhile.served).padStart(8),
    formatCount(meanwhile.failed).padStart(9),
    formatDuration(step.milliseconds).padStart(10),
    (frozenMs === undefined ? "–" : milliseconds(frozenMs)).padStart(18),
  ].join("");
}

const stepTitles = [
  "".padEnd(24),
  "then at stage".padEnd(28),
  "served".padStart(8),
  "failed".padStart(9),
  "took".padStart(10),
  "writers waited".padStart(18),
]
  .join("")
  .trimEnd();

function tellSql(path: string): void {
  const [answer] = sqlAnswers(path);
  if (answer === undefined) return;
  const rows = answer.rows.map((row) => row.replaceAll(/ {2,}/g, " ")).join(", ");
  stage.say(`    now any program can ask with SQL: ${answer.asks} ${rows}`);
}

function tellBytes(
  before: ReadonlyMap<string, FileState>,
  after: ReadonlyMap<string, FileState>,
): void {
  let [same, added, removed] = [0, 0, 0];
  for (const [file, old] of before) {
    const back = after.get(file);
    if (back?.sha256 === old.sha256) same++;
    const lines = lineDifference(old.text, back?.text ?? "");
    added += lines.added;
    removed += lines.removed;
  }
  stage.say(
    `${same} of ${before.size} files have the bytes they had; in the others ${formatCount(added)} lines ` +
      `were added and ${formatCount(removed)} removed by what clients wrote.`,
  );
}

/** @returns what the process ends with */
async function run(folder: string): Promise<number> {
  stage.chapter("The data");
  const before = await jsonFiles(folder);
  const bytes = [...before.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { project, subjects } = await prepare(folder);
  const { collections, databasePath } = project;
  const records = await allRecords(folder, collections);
  const count = [...records.values()].reduce((sum, { size }) => sum + size, 0);
  stage.say(
    `${source === undefined ? "Look-alike data of a ComfyUI extension" : `A copy of ${source}`}: ` +
      `${before.size} JSON files, ${formatCount(count)} records, ${formatBytes(bytes)}.`,
  );

  stage.chapter(`From JSON to SQLite and back, while ${processes} processes read and write`);
  const traffic = new Traffic(folder, processes);
  try {
    stage.say(stepTitles);
    const onStep = (step: Step): void => stage.say(stepLine(step));
    await walk(folder, traffic, { onStep, onLive: () => tellSql(databasePath) });
    const promised = await traffic.end();
    const report = compareEnd(
      { before: records, promised, subjects },
      await allRecords(folder, collections),
    );
    const after = await jsonFiles(folder);

    stage.chapter("The plan's five rows, measured here on both backends");
    stage.say(...planTable(await planRows({ rounds: 2 })));

    stage.chapter("The result");
    const { served, writes, failed, slowestMs } = traffic.total;
    stage.say(
      `${formatCount(served)} requests served, ${formatCount(writes)} of them writes; the slowest took ${milliseconds(slowestMs)}.`,
      `${formatCount(failed)} requests failed.`,
      `${formatCount(report.differences.length)} of ${formatCount(report.records)} records differ ` +
        "from what was there and what was acknowledged since.",
    );
    tellBytes(before, after);
    if (traffic.trouble !== undefined) stage.say("", `Trouble: ${traffic.trouble}`);
    stage.say(...report.differences.slice(0, shownDifferences).map((what) => `Differs: ${what}`));
    stage.say("", `Everything took ${formatDuration(performance.now() - began)}.`);
    const isGood = failed === 0 && report.differences.length === 0 && traffic.trouble === undefined;
    return isGood && served > 0 ? 0 : 1;
  } finally {
    traffic.kill();
  }
}

console.log(
  "Cutover: a folder of JSON files becomes a database, and comes back, while it is used.",
);
let folder: string | undefined;
try {
  folder = await makeDataFolder(source);
  // A dozen processes load the same modules: only the first compiles them.
  process.env["NODE_COMPILE_CACHE"] ??= join(dirname(folder), "compiled");
  process.exitCode = await run(folder);
} catch (error) {
  console.error(`\n   It did not work: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  if (folder !== undefined)
    await rm(dirname(folder), { recursive: true, force: true, maxRetries: 5 });
}
