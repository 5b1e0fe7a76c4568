import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkLinearizable } from "../check-linearizable.ts";
import { readHistory } from "../read-history.ts";
import { faults } from "./broken.load.fixture.ts";
import { loadOperations } from "./load-operation.ts";
import type { LoadOptions } from "./load-options.ts";
import type { LoadReport } from "./load-report.ts";
import { startLoads } from "./load-process.ts";
import { runLoad } from "./run-load.ts";

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cutover-load-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const noOperations = Object.fromEntries(Object.keys(loadOperations).map((name) => [name, 0]));

const moduleOf = (name: string): string =>
  new URL(`./${name}.load.fixture.ts`, import.meta.url).href;

function crew(count: number, options: Omit<LoadOptions, "process" | "seed">): LoadOptions[] {
  return Array.from({ length: count }, (_, index) => ({
    ...options,
    process: `p${index}`,
    seed: index + 1,
  }));
}

async function runAll(loads: readonly LoadOptions[]): Promise<LoadReport[]> {
  const processes = await startLoads(loads);
  onTestFinished(async () => {
    await Promise.allSettled(processes.map((load) => load.kill()));
  });
  const reports = await Promise.all(processes.map(({ ended }) => ended));
  return reports.filter((report) => report !== undefined);
}

describe.each([
  { adapter: "json", operations: 300 },
  { adapter: "sqlite", operations: 1000 },
])("three processes on one $adapter store", ({ adapter, operations }) => {
  test("leave a linearizable history, fail at nothing, and use every operation", async () => {
    const folder = freshFolder();
    const historyFolder = freshFolder();
    const module = moduleOf(adapter);
    const options = { module, argument: folder, historyFolder, operations, lanes: 2 };
    const reports = await runAll(crew(3, { ...options, shares: { clear: 10, replaceAll: 10 } }));
    expect(reports.map(({ failures }) => failures)).toEqual([{}, {}, {}]);
    const history = readHistory(historyFolder);
    const found = checkLinearizable(history);
    expect(found.violations.map(({ explanation }) => explanation)).toEqual([]);
    expect(found).toMatchObject({ linearizable: true, unknown: 0 });
    const takenBack = history.filter(({ code }) => code === "TAKEN_BACK").length;
    expect(found.operations + takenBack).toBe(3 * operations);
    expect(reports.map((report) => report.latency.count)).toEqual([1, 1, 1].map(() => operations));
    const used = new Set(reports.flatMap((report) => Object.keys(report.latencyByOperation)));
    expect([...used].toSorted()).toEqual(Object.keys(loadOperations).toSorted());
  });
});

describe("two processes on a store that", () => {
  test.each([...Object.keys(faults), "tornTransactions"])(
    "has the fault %s are found out",
    async (fault) => {
      const historyFolder = freshFolder();
      const argument = `${fault}:${freshFolder()}`;
      const options = { module: moduleOf("broken"), argument, historyFolder, operations: 700 };
      await runAll(crew(2, { ...options, lanes: 2, keys: 8 }));
      const { violations } = checkLinearizable(readHistory(historyFolder));
      expect(violations).not.toEqual([]);
      for (const { operations } of violations) expect(operations.length).toBeLessThan(20);
    },
  );
});

test("a load that is stopped ends with its report, and its store closed", async () => {
  const historyFolder = freshFolder();
  const options = { module: moduleOf("sqlite"), argument: freshFolder(), historyFolder };
  const loads = await startLoads(crew(2, options));
  const reports = await Promise.all(loads.map((load) => load.stop()));
  expect(reports.map((report) => report?.failures)).toEqual([{}, {}]);
  expect(checkLinearizable(readHistory(historyFolder)).linearizable).toBe(true);
});

async function callsOf(seed: number): Promise<unknown[]> {
  const historyFolder = freshFolder();
  const store = { module: moduleOf("sqlite"), argument: freshFolder() };
  await runLoad({ ...store, historyFolder, process: "one", seed, operations: 200 });
  return readHistory(historyFolder).map(({ op, type, steps }) => ({ op, type, steps }));
}

test("the same seed makes the same calls, another one makes others", async () => {
  const calls = await callsOf(7);
  expect(await callsOf(7)).toEqual(calls);
  expect(await callsOf(8)).not.toEqual(calls);
});

test("a call that throws no error of ours counts as one that may have happened", async () => {
  const historyFolder = freshFolder();
  const store = { module: moduleOf("broken"), argument: `unexpected:${freshFolder()}` };
  const shares = { ...noOperations, put: 1, get: 1 };
  const options = { ...store, historyFolder, process: "one", seed: 1, operations: 60, shares };
  const report = await runLoad(options);
  expect(report.failures).toEqual({
    UNEXPECTED: { count: 5, first: "Error: thrown after it was written" },
  });
  expect(checkLinearizable(readHistory(historyFolder))).toMatchObject({
    linearizable: true,
    unknown: 5,
  });
});

test("a load whose store cannot be opened is reported, and leaves no process behind", async () => {
  const options = { module: moduleOf("broken"), argument: "none:x", historyFolder: freshFolder() };
  await expect(startLoads(crew(2, options))).rejects.toThrow("ended with code 1");
});
