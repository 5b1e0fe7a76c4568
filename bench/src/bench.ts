import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArguments, usage } from "./arguments.ts";
import { durabilityNotes } from "./durability.ts";
import { fullEffort, quickEffort } from "./effort.ts";
import { environmentOf, type Environment } from "./environment.ts";
import type { Measure } from "./measure.ts";
import type { Row } from "./row.ts";
import { allRows } from "./rows/index.ts";
import { markdownTable, terminalTable } from "./table.ts";

interface Outcome {
  readonly environment: Environment;
  readonly effort: string;
  readonly measures: readonly Measure[];
  readonly notes: readonly string[];
  readonly failures: readonly string[];
}

const { quick, rows, format, folder, help } = parseArguments(
  process.argv.slice(2),
  allRows.map(({ id }) => id),
);
const effort = quick ? quickEffort : fullEffort;

/** Runs a row; one that fails is told and does not keep the others from running. */
async function runRow(row: Row, root: string, notes: string[]): Promise<Measure[]> {
  const own = join(root, row.id);
  mkdirSync(own);
  const start = performance.now();
  try {
    return await row.run({ folder: own, effort, note: (sentence) => notes.push(sentence) });
  } finally {
    rmSync(own, { recursive: true, force: true });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.error(`row ${row.id}, ${row.title}: ${seconds} s`);
  }
}

async function measure(root: string): Promise<Outcome> {
  const measures: Measure[] = [];
  const notes: string[] = [];
  const failures: string[] = [];
  for (const row of allRows) {
    if (rows === undefined ? quick && row.fullOnly === true : !rows.includes(row.id)) continue;
    try {
      measures.push(...(await runRow(row, root, notes)));
    } catch (error) {
      failures.push(
        `row ${row.id} failed: ${error instanceof Error ? error.stack : String(error)}`,
      );
    }
  }
  notes.push(...(await durabilityNotes(root)));
  const named = quick ? "quick" : "full";
  return { environment: environmentOf(root), effort: named, measures, notes, failures };
}

function print(outcome: Outcome): void {
  if (format === "json") {
    console.log(JSON.stringify(outcome, null, 2));
    return;
  }
  const { machine, cores, node, sqlite, fileSystem } = outcome.environment;
  console.log(`${machine}, ${cores} cores, Node ${node}, SQLite ${sqlite}, ${fileSystem}`);
  console.log(`${outcome.effort}: ${effort.rounds} rounds, ${effort.records} records\n`);
  console.log(
    format === "markdown" ? markdownTable(outcome.measures) : terminalTable(outcome.measures),
  );
  console.log("");
  for (const note of outcome.notes) console.log(note);
  for (const failure of outcome.failures) console.error(failure);
}

if (help) {
  console.log(usage);
} else {
  mkdirSync(folder, { recursive: true });
  const root = mkdtempSync(join(folder, "cutover-bench-"));
  try {
    const outcome = await measure(root);
    print(outcome);
    if (outcome.failures.length > 0) process.exitCode = 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
