import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it } from "vitest";
import { BusyWalk, wayThere } from "../walk/busy-walk.ts";
import { freshFolder } from "../walk/fresh-folder.ts";
import { noHarm } from "../walk/walk-harm.ts";
import type { WalkStep } from "../walk/walker.ts";
import { openRowLockPair, type RowLockPlace } from "./row-lock-pair.ts";

const { processes, rounds, timeoutMs } =
  process.env["CUTOVER_PROOF"] === "full"
    ? { processes: 4, rounds: 10, timeoutMs: 600_000 }
    : { processes: 2, rounds: 1, timeoutMs: 60_000 };
const deadlineMs = 5000;
const thereAndBack: readonly WalkStep[] = [...wayThere, "verify", "reverse"];
const backToOff: readonly WalkStep[] = ["step back", "cancel"];
const forGood: readonly WalkStep[] = ["verify", "switch", "ramp down"];

const module = new URL("row-lock.load.fixture.ts", import.meta.url).href;

describePostgres("a hop to Postgres that goes by locks on rows", () => {
  it.each([
    ["json", "pool"],
    ["sqlite", "kysely"],
  ] as const)(
    "%s → postgres over a %s handed in, there, back and there for good, loses nothing that several processes write",
    async (from, through) => {
      await using database = await (await startPostgres()).database();
      const place: RowLockPlace = { from, through, folder: freshFolder(), url: database.url };
      await using pair = await openRowLockPair(place);
      const argument = JSON.stringify(place);
      const walk = new BusyWalk(pair, { module, argument, lanes: 2, deadlineMs });
      await walk.crew.hire(processes);
      for (let round = 1; round < rounds; round++) await walk.take([...thereAndBack, ...backToOff]);
      await walk.take([...thereAndBack, ...forGood]);
      await walk.crew.dismiss();
      await walk.complete();
      expect(walk.harm(await walk.lastWord())).toEqual(noHarm);
    },
    timeoutMs,
  );
});
