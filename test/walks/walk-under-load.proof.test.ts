import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BusyWalk, thereAndBackTwice, wayThere } from "./walk/busy-walk.ts";
import { freshFolder } from "./walk/fresh-folder.ts";
import { figuresOf, type HistoryFigures } from "./walk/history-figures.ts";
import { openPair } from "./walk/load-pair.ts";
import { troubleFile } from "./walk/pair.load.fixture.ts";
import { noHarm } from "./walk/walk-harm.ts";
import type { Walker, WalkStep } from "./walk/walker.ts";

const processes = 4;
const { rounds, lanes } =
  process.env["CUTOVER_PROOF"] === "full" ? { rounds: 50, lanes: 2 } : { rounds: 2, lanes: 1 };
const deadlineMs = 2000;
/** What a call takes without any switch, on a machine that has other things to do. */
const marginMs = 3000;

/** Every kind of step but the last. */
const round: readonly WalkStep[] = [...thereAndBackTwice, "advance", "cancel"];
const module = new URL("./walk/pair.load.fixture.ts", import.meta.url).href;

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
  await using pair = await openPair(folder);
  const walk = new BusyWalk(pair, { module, argument: folder, lanes, deadlineMs });
  const { crew, walker } = walk;
  await crew.hire(processes);
  await walk.goRound(round, { times: rounds, firstDeath: 1 });
  await walk.take(wayThere);
  await crew.dismiss();

  await walker.take("ramp down");
  await walk.complete();
  const history = await walk.lastWord();
  const figures = figuresOf(history);
  report({ figures, walker, folder });
  expect(walk.harm(history)).toEqual(noHarm);
  expect(Math.max(...walker.frozenMs)).toBeLessThan(deadlineMs);
  expect(figures.longestMs).toBeLessThan(deadlineMs + marginMs);
});
