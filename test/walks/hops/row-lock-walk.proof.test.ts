import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replicaOf, type CollectionDefinition, type StorageBackend } from "@cutover/core";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it, onTestFinished } from "vitest";
import { checkLinearizable } from "../../histories/check-linearizable.ts";
import { loadOperations } from "../../histories/load/load-operation.ts";
import { runLoad } from "../../histories/load/run-load.ts";
import { readHistory } from "../../histories/read-history.ts";
import { Crew } from "../walk/crew.ts";
import { figuresOf } from "../walk/history-figures.ts";
import { collections, unit } from "../walk/load-pair.ts";
import { Walker, type WalkStep } from "../walk/walker.ts";
import { openRowLockPair, type RowLockPlace } from "./row-lock-pair.ts";

const { processes, rounds, timeoutMs } =
  process.env["CUTOVER_PROOF"] === "full"
    ? { processes: 4, rounds: 10, timeoutMs: 600_000 }
    : { processes: 2, rounds: 1, timeoutMs: 60_000 };
const deadlineMs = 5000;
const thereAndBack: readonly WalkStep[] = [
  "start",
  "backfill",
  "advance",
  "verify",
  "switch",
  "verify",
  "reverse",
];
const backToOff: readonly WalkStep[] = ["step back", "cancel"];
const forGood: readonly WalkStep[] = ["verify", "switch", "ramp down"];

const module = new URL("row-lock.load.fixture.ts", import.meta.url).href;
const noOperations = Object.fromEntries(Object.keys(loadOperations).map((name) => [name, 0]));

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cutover-rows-"));
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

describePostgres("a hop to Postgres that goes by locks on rows", () => {
  it.each([
    ["json", "pool"],
    ["sqlite", "kysely"],
  ] as const)(
    "%s → postgres over a %s handed in, there, back and there for good, loses nothing that several processes write",
    async (from, through) => {
      await using database = await (await startPostgres()).database();
      const place: RowLockPlace = { from, through, folder: freshFolder(), url: database.url };
      const historyFolder = freshFolder();
      const shared = { module, argument: JSON.stringify(place), historyFolder };
      const crew = new Crew({ ...shared, lanes: 2 });
      onTestFinished(() => crew.killAll());
      await using pair = await openRowLockPair(place);
      const walker = new Walker(pair, unit, deadlineMs);
      await crew.hire(processes);
      const walk = async (steps: readonly WalkStep[]): Promise<void> => {
        for (const step of steps) {
          await walker.take(step);
          await crew.advanced(1);
        }
      };
      for (let round = 1; round < rounds; round++) await walk([...thereAndBack, ...backToOff]);
      await walk([...thereAndBack, ...forGood]);
      await crew.dismiss();

      expect(await walker.drain()).toBe(0);
      const left = collections.map((collection) => contentOf(pair.old, collection));
      const come = collections.map((collection) => contentOf(pair.new, collection));
      expect(await Promise.all(come)).toEqual(await Promise.all(left));
      await walker.take("complete");
      // The last word on every record: what was acknowledged and is not there has no order.
      const shares = { ...noOperations, find: 1 };
      await runLoad({ ...shared, process: "last", seed: 1, operations: 10, shares });
      const history = readHistory(historyFolder);
      const { violations, undecided } = checkLinearizable(history);
      expect(violations.map(({ explanation }) => explanation)).toEqual([]);
      expect(undecided).toEqual([]);
      expect(crew.reports.map(({ failures }) => failures)).toEqual(crew.reports.map(() => ({})));
      expect(figuresOf(history).failed).toBe(0);
      expect(walker.reports.map(({ differences }) => differences)).toEqual(
        walker.reports.map(() => 0),
      );
    },
    timeoutMs,
  );
});
