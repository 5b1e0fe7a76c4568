// Lays every deliberate fault over every adapter and shows which clause notices it.
//   pnpm test:mutants [--learn] [mutant …]
// Fails when a fault survives, when a clause notices none, or when a clause fails by itself.
import { writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { clauses } from "@cutover/contract-tests";
import {
  type Judgement,
  type Kill,
  type KnownKills,
  mutants,
  type MutantReport,
  runMutants,
  TrialPool,
  type Victim,
} from "@cutover/contract-tests/mutants";
import { subjects } from "../test/subjects/subjects.ts";

const knownFile = new URL("./known-kills.json", import.meta.url);
const subjectsModule = new URL("../test/subjects/subjects.ts", import.meta.url);
const most = 4;
/** A search meets many clauses that a fault makes hang; they are not worth waiting for. */
const learningPatienceMs = 8000;

async function readKnown(): Promise<KnownKills> {
  try {
    const known: KnownKills = JSON.parse(await readFile(knownFile, "utf8"));
    return known;
  } catch {
    return {};
  }
}

async function victims(): Promise<Victim[]> {
  return Promise.all(
    subjects.map(async ({ name, open }) => {
      const location = await mkdtemp(join(tmpdir(), "cutover-victim-"));
      const backend = await open(location, { collections: [] });
      try {
        const { capabilities } = backend;
        await backend.close();
        await rm(location, { recursive: true, force: true });
        return { name, capabilities };
      } finally {
        await backend[Symbol.asyncDispose]();
      }
    }),
  );
}

function row(mutant: string, judgements: readonly Judgement[]): string {
  const cells = subjects.map(({ name }) => {
    const found = judgements.find((one) => one.victim === name);
    if (found === undefined) return "–";
    return found.killedBy[0] ?? "SURVIVES";
  });
  return `${mutant.padEnd(36)} ${cells.map((cell) => cell.padEnd(36)).join(" ")}`.trimEnd();
}

function table(report: MutantReport): string {
  const head =
    row("", []).replaceAll("–", "") + subjects.map(({ name }) => name.padEnd(36)).join(" ");
  const rows = mutants
    .map(({ name }) => ({
      name,
      judgements: report.judgements.filter((one) => one.mutant === name),
    }))
    .filter(({ judgements }) => judgements.length > 0)
    .map(({ name, judgements }) => row(name, judgements));
  return [" ".repeat(37) + head.trim(), ...rows].join("\n");
}

function listed(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\n${title}\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
}

/** What is known, with the kills seen now in the place of older ones. */
class Memory {
  private readonly kills: Map<string, Map<string, Set<string>>>;
  private readonly seen = new Set<string>();

  constructor(known: KnownKills) {
    this.kills = new Map(
      Object.entries(known).map(([mutant, bySubject]) => [
        mutant,
        new Map(Object.entries(bySubject).map(([subject, ids]) => [subject, new Set(ids)])),
      ]),
    );
  }

  /** Writes at once, so that a search that is given up has not been for nothing. */
  add({ mutant, victim, clause }: Kill): void {
    const bySubject = this.kills.get(mutant) ?? new Map<string, Set<string>>();
    this.kills.set(mutant, bySubject);
    const isFirst = !this.seen.has(`${mutant} ${victim}`);
    this.seen.add(`${mutant} ${victim}`);
    const old = isFirst ? [] : (bySubject.get(victim) ?? []);
    bySubject.set(victim, new Set([...old, clause]));
    writeFileSync(knownFile, this.text());
  }

  private text(): string {
    const lines = mutants.flatMap(({ name }) => {
      const bySubject = this.kills.get(name);
      if (bySubject === undefined) return [];
      const cells = subjects.flatMap((subject) => {
        const ids = bySubject.get(subject.name);
        return ids === undefined ? [] : [[subject.name, [...ids]] as const];
      });
      return [[name, Object.fromEntries(cells)] as const];
    });
    return `${JSON.stringify(Object.fromEntries(lines), null, 2)}\n`;
  }
}

const learn = process.argv.includes("--learn");
const only = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const chosen = mutants.filter(({ name }) => only.length === 0 || only.includes(name));
const beganMs = performance.now();
const known = await readKnown();
const memory = new Memory(known);
const atOnce = Math.min(most, Math.max(2, availableParallelism()));
const pool = new TrialPool(subjectsModule, atOnce);
try {
  const report = await runMutants({
    victims: await victims(),
    clauses,
    mutants: chosen,
    run: (trial) => pool.run(trial),
    known,
    atOnce,
    learn,
    ...(learn ? { patienceMs: learningPatienceMs } : {}),
    onKill: (kill) => {
      if (learn) memory.add(kill);
    },
  });

  const killed = report.judgements.filter(({ killedBy }) => killedBy.length > 0).length;
  const total = report.judgements.length;
  const rate = ((100 * killed) / total).toFixed(1);
  const idle = only.length === 0 ? report.idleClauses : [];
  const survivors = report.judgements.filter(({ killedBy }) => killedBy.length === 0);
  console.log(table(report));
  console.log(
    listed(
      "these faults survive:",
      survivors.map(({ mutant, victim }) => `${mutant} on ${victim}`),
    ),
  );
  console.log(
    listed(
      "these clauses notice no fault (a new clause brings its mutant; then run with --learn):",
      idle,
    ),
  );
  console.log(listed("these clauses fail without any fault:", report.brokenClauses));
  console.log(
    `${chosen.length} mutants, ${total} on ${subjects.length} adapters: ${killed} killed, ${rate} %; ` +
      `${clauses.length} clauses; ${pool.count} trials in ${((performance.now() - beganMs) / 1000).toFixed(0)} s`,
  );
  if (killed < total || idle.length > 0 || report.brokenClauses.length > 0) process.exitCode = 1;
} finally {
  await pool[Symbol.asyncDispose]();
}
