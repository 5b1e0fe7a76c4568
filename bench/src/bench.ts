import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArguments, usage, type BenchArguments } from "./arguments.ts";
import { benchFolder } from "./built.ts";
import type { Outcome } from "./outcome.ts";
import { writeReport } from "./report/write-report.ts";
import type { Row } from "./row.ts";
import { allRows } from "./rows/index.ts";
import { runBench } from "./run-bench.ts";
import { markdownTable, terminalTable, verdictOf } from "./table.ts";

function rowsOf({ rows, quick }: BenchArguments): readonly Row[] {
  if (rows !== undefined) return allRows.filter(({ id }) => rows.includes(id));
  return allRows.filter(({ fullOnly }) => !quick || fullOnly !== true);
}

async function measured(asked: BenchArguments): Promise<Outcome> {
  mkdirSync(asked.folder, { recursive: true });
  const root = mkdtempSync(join(asked.folder, "cutover-bench-"));
  try {
    const facts = asked.report || (!asked.quick && asked.rows === undefined);
    return await runBench({ rows: rowsOf(asked), quick: asked.quick, facts }, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function earlier(path: string): Outcome {
  const outcome: Outcome = JSON.parse(readFileSync(path, "utf8"));
  return outcome;
}

function print(outcome: Outcome, format: BenchArguments["format"]): void {
  if (format === "json") {
    console.log(JSON.stringify(outcome, null, 2));
    return;
  }
  const { machine, cores, node, sqlite, fileSystem } = outcome.environment;
  console.log(`${machine}, ${cores} cores, Node ${node}, SQLite ${sqlite}, ${fileSystem}`);
  console.log(`${outcome.effort}: ${outcome.rounds} rounds, ${outcome.records} records\n`);
  console.log(
    format === "markdown" ? markdownTable(outcome.measures) : terminalTable(outcome.measures),
  );
  console.log(`\n${verdictOf(outcome.measures)}\n`);
  for (const note of outcome.notes) console.log(note);
  for (const failure of outcome.failures) console.error(failure);
}

const asked = parseArguments(
  process.argv.slice(2),
  allRows.map(({ id }) => id),
);
if (asked.help) {
  console.log(usage);
} else {
  const outcome = asked.from === undefined ? await measured(asked) : earlier(asked.from);
  print(outcome, asked.format);
  if (asked.report) {
    const folder = join(benchFolder(), "report");
    writeReport(folder, outcome);
    console.error(`the report is in ${folder}`);
  }
  if (asked.from === undefined && outcome.failures.length > 0) process.exitCode = 1;
}
