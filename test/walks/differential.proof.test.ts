import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cutoverBackend } from "@cutover/engine";
import { jsonBackend } from "@cutover/json";
import { expect, test } from "vitest";
import { Random } from "../histories/load/random.ts";
import { answerOf, drawOperation } from "./differential/random-operation.ts";
import { ScratchFolder } from "./differential/scratch-folder.ts";
import { collections, files, units } from "./differential/subject-collections.ts";
import { openPair } from "./walk/load-pair.ts";
import { Walker, type WalkStep } from "./walk/walker.ts";

const operations = process.env["CUTOVER_PROOF"] === "full" ? 50_000 : 1500;
const runs = [
  { seed: 1, isSparing: false },
  { seed: 2, isSparing: true },
];

/** Twice forward and back, by both ways back. */
const way: readonly WalkStep[] = [
  ...(["start", "backfill", "advance", "verify", "switch", "reverse", "cancel"] as const),
  ...(["start", "backfill", "advance", "verify", "switch", "ramp down", "reverse"] as const),
  ...(["step back", "cancel"] as const),
];

function fill(folder: string): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Every file that an application would call its data. */
function dataOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const data = paths.filter((path) => path.endsWith(".json") && !path.startsWith("."));
  return Object.fromEntries(
    data.toSorted().map((path) => [path, readFileSync(join(folder, path), "utf8")]),
  );
}

/** Where the next page begins, whichever store wrote it. */
function cursorIn(answer: string): string | undefined {
  const next = /"next":("(?:[^"\\]|\\.)*")\}\}$/.exec(answer)?.[1];
  return next === undefined ? undefined : String(JSON.parse(next));
}

/** A unit on its way, a step at each of some moments. */
class Way {
  private readonly walker: Walker;
  private readonly moments: readonly number[];
  private taken = 0;
  private underWay: Promise<void> = Promise.resolve();

  constructor(walker: Walker, random: Random) {
    this.walker = walker;
    const moments = Array.from(way, () => random.below(operations));
    this.moments = moments.toSorted((one, other) => one - other);
  }

  /** Begins what is due; operations go on meanwhile. */
  async reach(moment: number): Promise<void> {
    while ((this.moments[this.taken] ?? Infinity) <= moment) {
      await this.underWay;
      const step = way[this.taken++];
      if (step === undefined) return;
      this.underWay = this.walker.take(step);
      // Whoever waits for it next is told.
      this.underWay.catch(() => undefined);
    }
  }

  async end(): Promise<void> {
    await this.reach(operations);
    await this.underWay;
  }
}

test.concurrent.each(runs)(
  `${operations} operations on JSON files, and on JSON files that are migrated and rolled back twice meanwhile, give the same answers and leave the same bytes (seed $seed, sparing: $isSparing)`,
  async ({ seed, isSparing }) => {
    const random = new Random(seed);
    let nowMs = Date.UTC(2026, 0, 1);
    const clock = (): number => nowMs;
    using scratch = new ScratchFolder();
    const [plainFolder, folder] = [join(scratch.path, "plain"), join(scratch.path, "moving")];
    fill(plainFolder);
    fill(join(folder, "json"));
    await using plain = await jsonBackend({ folder: plainFolder, collections, clock });
    await using operators = await openPair(folder, { collections, clock });
    const pair = await openPair(folder, { collections, clock });
    await using moving = await cutoverBackend({ ...pair, units, clock, closes: [pair] });
    const ways = units.map((unit) => new Way(new Walker(operators, unit, 2000), random));
    const cursors = new Map<string, string | undefined>();
    const different: object[] = [];
    let refused = 0;

    for (let number = 0; number < operations && different.length === 0; number++) {
      for (const way of ways) await way.reach(number);
      nowMs += random.below(200);
      const unit = units[random.below(units.length)];
      const definition = unit?.collections[random.below(unit.collections.length)];
      if (unit === undefined || definition === undefined) throw new Error("nothing to act on");
      const cursor = cursors.get(definition.name);
      const operation = drawOperation({ random, nowMs, unit, definition, cursor, isSparing });
      const [expected, answer] = await Promise.all([
        answerOf(operation, plain),
        answerOf(operation, moving),
      ]);
      if (answer !== expected)
        different.push({ number, operation: operation.name, answer, expected });
      if (/^[A-Z_]+$/.test(expected)) refused++;
      if (operation.name === "page") cursors.set(definition.name, cursorIn(expected));
    }
    for (const way of ways) await way.end();
    process.stdout.write(
      `${operations} operations, ${refused} of them refused, ${different.length} answered differently\n`,
    );
    expect(different).toEqual([]);
    // Operations that are refused change nothing, and so prove little.
    expect(refused).toBeLessThan(operations / 5);
    expect(dataOf(join(folder, "json"))).toEqual(dataOf(plainFolder));
  },
);
