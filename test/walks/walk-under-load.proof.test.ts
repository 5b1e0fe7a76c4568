import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replicaOf, type CollectionDefinition, type StorageBackend } from "@cutover/core";
import { expect, onTestFinished, test } from "vitest";
import { checkLinearizable } from "../histories/check-linearizable.ts";
import { readHistory } from "../histories/read-history.ts";
import { loadOperations } from "../histories/load/load-operation.ts";
import { runLoad } from "../histories/load/run-load.ts";
import { Crew } from "./walk/crew.ts";
import { figuresOf, type HistoryFigures } from "./walk/history-figures.ts";
import { collections, openPair, unit } from "./walk/load-pair.ts";
import { troubleFile } from "./walk/pair.load.fixture.ts";
import { Walker, type WalkStep } from "./walk/walker.ts";

const processes = 4;
const { rounds, lanes } =
  process.env["CUTOVER_PROOF"] === "full" ? { rounds: 50, lanes: 2 } : { rounds: 2, lanes: 1 };
const deadlineMs = 2000;
/** What a call takes without any switch, on a machine that has other things to do. */
const marginMs = 3000;

/** Forward, back and forward again; every kind of step but the last. */
const round: readonly WalkStep[] = [
  "start",
  "backfill",
  "advance",
  "verify",
  "switch",
  "ramp down",
  "reverse",
  "verify",
  "switch",
  "reverse",
  "step back",
  "advance",
  "cancel",
];
const lastWay: readonly WalkStep[] = ["start", "backfill", "advance", "verify", "switch"];

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cutover-walk-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function contentOf(
  store: StorageBackend,
  collection: CollectionDefinition,
): Promise<string[]> {
  const content: string[] = [];
  for await (const batch of replicaOf(store).oldestFirst(collection))
    for (const { key, value } of batch) content.push(JSON.stringify([key, value]));
  return content;
}

const noOperations = Object.fromEntries(Object.keys(loadOperations).map((name) => [name, 0]));

function troubles(folder: string): number {
  const file = join(folder, troubleFile);
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").length : 0;
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;

function report({
  figures: { served, failed, cutOff, longestMs },
  walker: { frozenMs, tooLate, reports },
  folder,
}: {
  readonly figures: HistoryFigures;
  readonly walker: Walker;
  readonly folder: string;
}): void {
  process.stdout.write(
    `${rounds} rounds, ${frozenMs.length} changes of stage (${tooLate.length} tried again), ` +
      `${reports.length} comparisons; requests served ${served}, failed ${failed}, cut off by ` +
      `kills ${cutOff}; freeze at most ${ms(Math.max(...frozenMs))}, median ` +
      `${ms(median(frozenMs))}; longest request ${ms(longestMs)}; failures of mirrors that were ` +
      `made up for ${troubles(folder)}\n`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

test(`${processes} processes keep being served, and lose nothing, while their store is walked forward and back ${rounds} times and each round one of them is killed`, async () => {
  const folder = freshFolder();
  const historyFolder = freshFolder();
  const module = new URL("./walk/pair.load.fixture.ts", import.meta.url).href;
  const shared = { module, argument: folder, historyFolder };
  const crew = new Crew({ ...shared, lanes });
  onTestFinished(() => crew.killAll());
  await using pair = await openPair(folder);
  const walker = new Walker(pair, unit, deadlineMs);
  await crew.hire(processes);

  for (let number = 0; number < rounds; number++) {
    for (const [index, step] of round.entries()) {
      // Another step each round has a process die while it is taken.
      const dies = index === (number * 5 + 1) % round.length;
      await Promise.all([walker.take(step), dies ? crew.replaceOne() : undefined]);
      await crew.advanced(1);
    }
  }
  for (const step of lastWay) {
    await walker.take(step);
    await crew.advanced(1);
  }
  await crew.dismiss();

  await walker.take("ramp down");
  expect(await walker.drain()).toBe(0);
  for (const collection of collections)
    expect(await contentOf(pair.old, collection)).toEqual(await contentOf(pair.new, collection));
  await walker.take("complete");
  // The last word on every record: what was acknowledged and is not there has no order.
  const shares = { ...noOperations, find: 1 };
  await runLoad({ ...shared, process: "last", seed: 1, operations: 20, shares });

  const history = readHistory(historyFolder);
  const figures = figuresOf(history);
  const found = checkLinearizable(history);
  report({ figures, walker, folder });
  expect(found.violations.map(({ explanation }) => explanation)).toEqual([]);
  expect(found.undecided).toEqual([]);
  expect(crew.reports.map(({ failures }) => failures)).toEqual(crew.reports.map(() => ({})));
  expect(figures.failed).toBe(0);
  expect(walker.reports.map(({ differences }) => differences)).toEqual(walker.reports.map(() => 0));
  expect(Math.max(...walker.frozenMs)).toBeLessThan(deadlineMs);
  expect(figures.longestMs).toBeLessThan(deadlineMs + marginMs);
});
