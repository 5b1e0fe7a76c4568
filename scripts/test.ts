// Runs every group of tests, each against a time budget, and says at the end what passed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Group {
  readonly name: string;
  readonly command: readonly string[];
  /** What this group may take on two cores, in seconds. Together they stay under 20 minutes. */
  readonly budgetSeconds: number;
  /** Whether the command understands vitest's JSON reporter. */
  readonly counts: boolean;
}

interface Outcome {
  readonly group: Group;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
}

/** By itself vitest leaves one core of two idle. What measures a load of its own has them all. */
const vitest = (project: string, workers = 2): readonly string[] => [
  "vitest",
  "run",
  "--project",
  project,
  `--maxWorkers=${workers}`,
];

const groups: readonly Group[] = [
  { name: "types", command: ["tsc", "-b"], budgetSeconds: 15, counts: false },
  {
    name: "types of tests",
    command: ["tsc", "-p", "tsconfig.check.json"],
    budgetSeconds: 10,
    counts: false,
  },
  { name: "build", command: ["node", "scripts/bundle.ts"], budgetSeconds: 5, counts: false },
  { name: "lint", command: ["oxlint", "--type-aware"], budgetSeconds: 10, counts: false },
  {
    name: "packages",
    command: ["node", "scripts/packages.ts"],
    budgetSeconds: 10,
    counts: false,
  },
  { name: "format", command: ["oxfmt", "--check", "."], budgetSeconds: 5, counts: false },
  { name: "unit", command: vitest("unit"), budgetSeconds: 235, counts: true },
  { name: "contract", command: vitest("contract"), budgetSeconds: 355, counts: true },
  {
    name: "mutants",
    command: ["node", "--conditions=@cutover/source", "scripts/mutants.ts"],
    budgetSeconds: 70,
    counts: false,
  },
  { name: "crash", command: vitest("crash"), budgetSeconds: 115, counts: true },
  { name: "chaos", command: vitest("chaos"), budgetSeconds: 205, counts: true },
  { name: "proof", command: vitest("proof", 1), budgetSeconds: 165, counts: true },
];

function countsOf(report: string): { readonly passed: number; readonly failed: number } {
  const parsed: unknown = JSON.parse(readFileSync(report, "utf8"));
  if (typeof parsed !== "object" || parsed === null) throw new Error("vitest wrote no report");
  const number = (member: string): number =>
    Number(Object.entries(parsed).find(([name]) => name === member)?.[1] ?? 0);
  // A suite that could not be loaded has no tests to count and is a failure all the same.
  return {
    passed: number("numPassedTests"),
    failed: Math.max(number("numFailedTests"), number("numFailedTestSuites") > 0 ? 1 : 0),
  };
}

function run(group: Group, folder: string): Outcome {
  console.log(`\n── ${group.name} ──`);
  const report = join(folder, `${group.name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const [command = "", ...args] = [...group.command, ...(group.counts ? reporters : [])];
  const began = performance.now();
  const { status } = spawnSync(command, args, {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  const seconds = (performance.now() - began) / 1000;
  const clean = status === 0;
  if (!group.counts) return { group, seconds, passed: Number(clean), failed: Number(!clean) };
  try {
    const { passed, failed } = countsOf(report);
    return { group, seconds, passed, failed: clean ? failed : Math.max(failed, 1) };
  } catch {
    return { group, seconds, passed: 0, failed: 1 };
  }
}

function line({ group, seconds, passed, failed }: Outcome): string {
  const over = seconds > group.budgetSeconds ? "  OVER BUDGET" : "";
  const time = `${seconds.toFixed(0).padStart(4)} s of ${String(group.budgetSeconds).padStart(3)} s`;
  return `${group.name.padEnd(15)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed  ${time}${over}`;
}

const only = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "cutover-test-"));
try {
  const chosen = groups.filter(({ name }) => only.length === 0 || only.includes(name));
  const outcomes = chosen.map((group) => run(group, folder));
  const total = (figure: "passed" | "failed" | "seconds"): number =>
    outcomes.reduce((sum, outcome) => sum + outcome[figure], 0);
  console.log(
    `\n${outcomes.map(line).join("\n")}\n${(total("seconds") / 60).toFixed(1)} minutes in all`,
  );
  console.log(`${total("passed")} passed, ${total("failed")} failed`);
  process.exitCode = total("failed") === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
