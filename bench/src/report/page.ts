import type { Measure } from "../measure.ts";
import type { Outcome } from "../outcome.ts";
import type { Neighbours, StoreFacts } from "../store-facts.ts";
import { markdownTable, verdictOf } from "../table.ts";
import type { ChartFile } from "./charts.ts";
import { growthOf, quantities, type GrowthSeries } from "./growth-series.ts";
import { recordsText } from "./line-chart.ts";
import { sayIn } from "./speed.ts";

/** More processes than this for each core, and what was measured is not the machine at rest. */
const busyLoad = 0.6;

function cellsOf(list: readonly (readonly string[])[]): string {
  return list.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function loadText({ load, environment }: Outcome): string {
  const { before, after } = load;
  const loads = `load average ${before.toFixed(1)} before the run and ${after.toFixed(1)} after it, on ${environment.cores} cores`;
  // The run itself keeps a core busy: only what was there before tells of others.
  if (before / environment.cores <= busyLoad) return `The machine was calm (${loads}).`;
  return `**The machine was busy** (${loads}): the times are longer and scatter more than on a calm one. The ratios, whose parts were measured in turn, suffer less.`;
}

function conditions(outcome: Outcome): string {
  const { environment, begun, effort, rounds, records, seconds } = outcome;
  const { machine, cores, node, sqlite, fileSystem } = environment;
  const minutes =
    seconds < 120 ? `${seconds.toFixed(0)} seconds` : `${(seconds / 60).toFixed(0)} minutes`;
  return `Measured on ${begun.slice(0, 10)} with the ${effort} form (${rounds} rounds, ${records.toLocaleString("en")} records, ${minutes}) on ${machine}, ${cores} cores; Node ${node}, SQLite ${sqlite}, file system ${fileSystem}. ${loadText(outcome)}`;
}

function summary(measures: readonly Measure[]): string {
  return `${verdictOf(measures)} They are the project's own, and most of them ask for nearly what the machine can do at all.`;
}

function yesOrNo(neighbours: Neighbours): readonly [sees: string, keeps: string] {
  if (!neighbours.together) return ["cannot be opened by a second process", "–"];
  const { seesChanges, lost, tried, failed } = neighbours;
  const refused = failed > 0 ? `, ${failed} failed` : "";
  const keeps =
    lost === 0 ? `all kept${refused}` : `**${lost} of ${tried - failed} lost**${refused}`;
  return [seesChanges ? "yes" : "**no**", keeps];
}

function syncsText({ syncsPerPut }: StoreFacts): string {
  if (syncsPerPut === undefined) return "not counted";
  return syncsPerPut > 0 ? `yes, ${syncsPerPut}` : "**no**";
}

function whoTable(stores: readonly StoreFacts[]): string {
  const head = [
    "",
    "on the disk when a put is answered? (fsyncs a put)",
    "sees another process's change at its next get?",
    "two processes put different records at once",
    "how it is set up here",
  ];
  const rows = stores.map((store) => [
    store.name,
    syncsText(store),
    ...yesOrNo(store.neighbours),
    store.setup,
  ]);
  return cellsOf([head, head.map(() => "---"), ...rows]);
}

function growthTable({ unit, lines }: GrowthSeries): string {
  const sizes = [...new Set(lines.flatMap(({ points }) => points.map(([records]) => records)))];
  const say = sayIn(unit);
  const rows = lines.map(({ name, points }) => [
    name,
    ...sizes.map((size) => {
      const found = points.find(([records]) => records === size);
      return found === undefined ? "–" : say(found[1]);
    }),
  ]);
  const head = ["records", ...sizes.map(recordsText)];
  return cellsOf([head, head.map(() => "---"), ...rows]);
}

const howToRead = `## How to read it

- **The floor** of a row is the least that does the same work on this machine: better-sqlite3 with a
  prepared statement on a table made by hand, or the bare system calls that replace a file durably. It
  has no layer, no check, no promise.
- **Ours** is Cutover through its public interface as an application calls it, with nothing switched
  off: values are checked and copied, other processes may write at any time, and a write is on the disk
  when its promise resolves.
- **A ratio** of 0.8 × means: four fifths of the floor's speed. It is formed round by round, between
  turns that follow one another, and the median of the rounds is shown. A ratio holds on another
  machine sooner than a time does.
- **By hand, at best** is what is within reach: code written by hand for this one table, on the same file
  layout as ours, that does what the contract cannot do without and nothing else: no checks of keys, no
  errors explained, no other table. Nobody would use it; it says how far a target can be met at all.
- **± rounds** is half the distance between the quartiles of our rounds: how far a figure can be trusted.
- **The 99th percentile** is the time that one operation in a hundred exceeds, where there were a hundred.
- Nothing here passes or fails because of a time, and a target that is not met is shown like one that is.`;

const aboutWho = `Everybody has the same records, and was set up as its own manual advises, durable where it can be.
What each of them keeps was found out in this run: fsync calls were counted with \`strace\` while a
process put 50 records, and two processes had the same store open at once. Some are quick because they
promise less; the pictures mark them. keyv, unstorage, lmdb and classic-level keep a record as one
value: they have no columns and no index to write, and cannot find a record by one of its fields.

Not in this table, because they do not store by themselves: Kysely (\`SqliteDialect\`) and drizzle
(prepared queries) on better-sqlite3, and \`node:sqlite\`, all three with the floor's settings. **The
app's way** is to read and parse the whole file for every answer and to write the whole file for every
change, without fsync, rename or lock. conf syncs the new file, but not the folder after the rename: a
power cut may bring the old file back.`;

const aboutGrowth = `Stores of one size are filled alike and asked in turn, for records from all over them. Opening is
measured in a new process that has loaded the library and opened an empty store before: loading is what
row 12 measures. The memory is that of this whole process; Node itself and the benchmark's own modules
are about 90 MB of it, with every library. A file for each record is measured up to 10,000 of them, and
a million records with SQLite alone.`;

function pictures(charts: readonly ChartFile[], names: RegExp): string {
  return charts
    .filter(({ name }) => names.test(name))
    .map(({ name, shows }) => `![${shows}](${name})`)
    .join("\n\n");
}

/** The report as a page; the pictures lie beside it. */
export function reportPage(outcome: Outcome, charts: readonly ChartFile[]): string {
  const { measures, stores, notes, failures } = outcome;
  const rows = measures.filter(({ growth }) => growth === undefined);
  const growth = quantities.flatMap((quantity) => {
    const series = growthOf(measures, quantity);
    return series === undefined
      ? []
      : [pictures(charts, new RegExp(`^growth-${quantity}\\.`)), growthTable(series)];
  });
  const sections = [
    "# What Cutover costs, and what else would cost",
    "Written by `pnpm bench --report` from [run.json](run.json); changes by hand are lost. What each row measures, and how, is in [the benchmark's README](../README.md).",
    conditions(outcome),
    summary(measures),
    howToRead,
    ...(stores.length === 0 ? [] : ["## Who is compared", aboutWho, whoTable(stores)]),
    "## Targets",
    pictures(charts, /^(?:targets|bounds)\./),
    "## What else one might use",
    pictures(charts, /^(?:reads|writes|json)\./),
    ...(growth.length === 0 ? [] : ["## How it grows", aboutGrowth, ...growth]),
    "## All rows",
    "The others are shown with their ratio to the floor, formed as ours is.",
    markdownTable(rows),
    "## What was read back",
    notes.map((note) => `- ${note}`).join("\n"),
    ...(failures.length === 0
      ? []
      : [
          "## What failed",
          failures.map((failure) => `- ${failure.split("\n")[0] ?? ""}`).join("\n"),
        ]),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}
