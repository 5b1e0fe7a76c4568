import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  isStorageError,
  replicaOf,
  type CollectionDefinition,
  type StorageBackend,
} from "@cutover/core";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, onTestFinished, test } from "vitest";
import { checkLinearizable } from "../histories/check-linearizable.ts";
import type { HistoryEvent } from "../histories/history-event.ts";
import { readHistory } from "../histories/read-history.ts";
import { loadOperations } from "../histories/load/load-operation.ts";
import { runLoad } from "../histories/load/run-load.ts";
import { Crew } from "./walk/crew.ts";
import { figuresOf } from "./walk/history-figures.ts";
import { collections, unit } from "./walk/load-pair.ts";
import { openServerPair } from "./walk/server-pair.ts";
import { Walker, type WalkStep } from "./walk/walker.ts";

const processes = 3;
const isFull = process.env["CUTOVER_PROOF"] === "full";
const rounds = isFull ? 10 : 1;
const deadlineMs = 5000;

/** Forward and back. */
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
  "cancel",
];
const lastWay: readonly WalkStep[] = ["start", "backfill", "advance", "verify", "switch"];
const shortRound: readonly WalkStep[] = [...lastWay, "reverse", "step back", "cancel"];

/** What a call may end with whose connections are cut. */
const cutCodes: ReadonlySet<string> = new Set(["CONNECTION_LOST", "LOCK_LOST", "COMMIT_UNKNOWN"]);
const noOperations = Object.fromEntries(Object.keys(loadOperations).map((name) => [name, 0]));
const module = new URL("./walk/server.load.fixture.ts", import.meta.url).href;

async function freshDatabase(): Promise<TestDatabase> {
  const database = await (await startPostgres()).database();
  onTestFinished(() => database.drop());
  return database;
}

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

/** Cuts every connection of the control stores: all locks are gone, whoever holds them. */
async function cutControl(database: TestDatabase): Promise<void> {
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'cutover control' AND datname = current_database()`,
  );
}

/** An operator whose connection was cut looks and asks again. */
async function persevere(walker: Walker, step: WalkStep): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await walker.take(step);
      return;
    } catch (error) {
      if (!isStorageError(error) || attempt === 20) throw error;
      // The change was made, and its answer cut off.
      if (attempt > 1 && isStorageError(error, "STAGE_REFUSED")) return;
    }
  }
}

function settleAll(history: readonly HistoryEvent[]): void {
  const { violations, undecided } = checkLinearizable(history);
  expect(violations.map(({ explanation }) => explanation)).toEqual([]);
  expect(undecided).toEqual([]);
}

describePostgres("processes that share nothing but a Postgres server", () => {
  test(`${processes} of them lose nothing while their store is walked forward and back ${rounds} times and one of them is killed each time`, async () => {
    const database = await freshDatabase();
    const historyFolder = freshFolder();
    const shared = { module, argument: database.url, historyFolder };
    const crew = new Crew({ ...shared, lanes: 2 });
    onTestFinished(() => crew.killAll());
    await using pair = await openServerPair(database.url);
    const walker = new Walker(pair, unit, deadlineMs);
    await crew.hire(processes);

    for (let number = 0; number < rounds; number++) {
      for (const [index, step] of round.entries()) {
        const dies = index === (number * 5 + 4) % round.length;
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
    settleAll(history);
    const { served, failed, cutOff } = figuresOf(history);
    process.stdout.write(
      `${rounds} rounds: served ${served}, cut off ${cutOff}, freeze at most ` +
        `${Math.max(...walker.frozenMs).toFixed(0)} ms\n`,
    );
    expect(crew.reports.map(({ failures }) => failures)).toEqual(crew.reports.map(() => ({})));
    expect(failed).toBe(0);
    expect(walker.reports.map(({ differences }) => differences)).toEqual(
      walker.reports.map(() => 0),
    );
  });

  test("of what was acknowledged nothing is lost when all locks are lost again and again", async () => {
    const database = await freshDatabase();
    const historyFolder = freshFolder();
    const shared = { module, argument: database.url, historyFolder };
    const crew = new Crew({ ...shared, lanes: 2 });
    onTestFinished(() => crew.killAll());
    await using pair = await openServerPair(database.url);
    const walker = new Walker(pair, unit, deadlineMs);
    await crew.hire(2);
    for (let number = 0; number < rounds; number++) {
      for (const step of isFull ? round : shortRound) {
        // Before, in the middle and after: wherever the step has come to by then.
        const cuts = (async () => {
          await cutControl(database);
          await crew.advanced(1);
          await cutControl(database);
        })();
        await Promise.all([persevere(walker, step), cuts]);
        await crew.advanced(1);
      }
    }
    await crew.dismiss();
    const shares = { ...noOperations, find: 1 };
    await runLoad({ ...shared, process: "last", seed: 1, operations: 20, shares });
    settleAll(readHistory(historyFolder));
    process.stdout.write(
      `cut off: ${JSON.stringify(crew.reports.map(({ failures }) => failures))}\n`,
    );
    const failures = crew.reports.flatMap((report) => Object.keys(report.failures));
    expect(failures.filter((code) => !cutCodes.has(code))).toEqual([]);
    // Else nothing was cut, and nothing is proved.
    expect(failures).not.toEqual([]);
  });
});
