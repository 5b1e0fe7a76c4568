import { isStorageError } from "@cutover/core";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, onTestFinished, test } from "vitest";
import { BusyWalk, thereAndBackTwice, wayThere } from "./walk/busy-walk.ts";
import { figuresOf } from "./walk/history-figures.ts";
import { openServerPair } from "./walk/server-pair.ts";
import { disorderOf, noDisorder, noHarm } from "./walk/walk-harm.ts";
import type { Walker, WalkStep } from "./walk/walker.ts";

const processes = 3;
const isFull = process.env["CUTOVER_PROOF"] === "full";
const rounds = isFull ? 10 : 1;
const deadlineMs = 5000;

const round: readonly WalkStep[] = [...thereAndBackTwice, "cancel"];
const shortRound: readonly WalkStep[] = [...wayThere, "reverse", "step back", "cancel"];

/** What a call may end with whose connections are cut. */
const cutCodes: ReadonlySet<string> = new Set(["CONNECTION_LOST", "LOCK_LOST", "COMMIT_UNKNOWN"]);
const module = new URL("./walk/server.load.fixture.ts", import.meta.url).href;

async function freshDatabase(): Promise<TestDatabase> {
  const database = await (await startPostgres()).database();
  onTestFinished(() => database.drop());
  return database;
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

describePostgres("processes that share nothing but a Postgres server", () => {
  test(`${processes} of them lose nothing while their store is walked forward and back ${rounds} times and one of them is killed each time`, async () => {
    const database = await freshDatabase();
    await using pair = await openServerPair(database.url);
    const walk = new BusyWalk(pair, { module, argument: database.url, lanes: 2, deadlineMs });
    const { crew, walker } = walk;
    await crew.hire(processes);
    await walk.goRound(round, { times: rounds, firstDeath: 4 });
    await walk.take(wayThere);
    await crew.dismiss();

    await walker.take("ramp down");
    await walk.complete();
    const history = await walk.lastWord();
    const { served, cutOff } = figuresOf(history);
    process.stdout.write(
      `${rounds} rounds: served ${served}, cut off ${cutOff}, freeze at most ` +
        `${Math.max(...walker.frozenMs).toFixed(0)} ms\n`,
    );
    expect(walk.harm(history)).toEqual(noHarm);
  });

  test("of what was acknowledged nothing is lost when all locks are lost again and again", async () => {
    const database = await freshDatabase();
    await using pair = await openServerPair(database.url);
    const walk = new BusyWalk(pair, { module, argument: database.url, lanes: 2, deadlineMs });
    const { crew, walker } = walk;
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
    expect(disorderOf(await walk.lastWord())).toEqual(noDisorder);
    process.stdout.write(
      `cut off: ${JSON.stringify(crew.reports.map(({ failures }) => failures))}\n`,
    );
    const failures = crew.reports.flatMap((report) => Object.keys(report.failures));
    expect(failures.filter((code) => !cutCodes.has(code))).toEqual([]);
    // Else nothing was cut, and nothing is proved.
    expect(failures).not.toEqual([]);
  });
});
