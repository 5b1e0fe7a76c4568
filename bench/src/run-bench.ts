import { mkdirSync, rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { durabilityNotes } from "./durability.ts";
import { fullEffort, quickEffort } from "./effort.ts";
import { environmentOf } from "./environment.ts";
import type { Measure } from "./measure.ts";
import type { Outcome } from "./outcome.ts";
import type { Row } from "./row.ts";
import { storeFacts, type StoreFacts } from "./store-facts.ts";
import { allKinds } from "./stores/all-kinds.ts";

/** What to run. */
export interface RunOptions {
  readonly rows: readonly Row[];
  readonly quick: boolean;
  /** Whether to find out what each store keeps: half a minute. */
  readonly facts: boolean;
}

interface Findings {
  readonly measures: Measure[];
  readonly notes: string[];
  readonly failures: string[];
}

async function runRow(row: Row, root: string, quick: boolean, notes: string[]): Promise<Measure[]> {
  const folder = join(root, row.id);
  mkdirSync(folder);
  const effort = quick ? quickEffort : fullEffort;
  const start = performance.now();
  try {
    return await row.run({ folder, effort, note: (sentence) => notes.push(sentence) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.error(`row ${row.id}, ${row.title}: ${seconds} s`);
  }
}

/** A row that fails is told and does not keep the others from running. */
async function runRows({ rows, quick }: RunOptions, root: string): Promise<Findings> {
  const findings: Findings = { measures: [], notes: [], failures: [] };
  for (const row of rows) {
    try {
      findings.measures.push(...(await runRow(row, root, quick, findings.notes)));
    } catch (error) {
      const text = error instanceof Error ? error.stack : String(error);
      findings.failures.push(`row ${row.id} failed: ${text}`);
    }
  }
  return findings;
}

async function factsOf(root: string): Promise<StoreFacts[]> {
  const facts: StoreFacts[] = [];
  for (const kind of allKinds) {
    const folder = join(root, `facts-${kind.id}`);
    mkdirSync(folder);
    facts.push(await storeFacts(kind, folder));
    rmSync(folder, { recursive: true, force: true });
  }
  return facts;
}

const loadNow = (): number => loadavg()[0] ?? 0;

/** Runs the rows in a folder of their own. */
export async function runBench(options: RunOptions, root: string): Promise<Outcome> {
  const begun = new Date().toISOString();
  const start = performance.now();
  const before = loadNow();
  const stores = options.facts ? await factsOf(root) : [];
  const { measures, notes, failures } = await runRows(options, root);
  notes.push(...(await durabilityNotes(root)));
  const { rounds, records } = options.quick ? quickEffort : fullEffort;
  return {
    begun,
    seconds: (performance.now() - start) / 1000,
    environment: environmentOf(root),
    load: { before, after: loadNow() },
    effort: options.quick ? "quick" : "full",
    rounds,
    records,
    measures,
    stores,
    notes,
    failures,
  };
}
