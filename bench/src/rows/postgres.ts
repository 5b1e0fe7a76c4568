import type { Collection, StorageBackend } from "@cutover/core";
import type { BenchmarkRecord } from "@cutover/fixtures";
import { postgresBackend } from "@cutover/kysely/postgres";
import { postgresMissing, startPostgres } from "@cutover/test-postgres";
import { boundOf, contest, type Contestant } from "../contest.ts";
import { operationsOf, shortRounds, type Effort } from "../effort.ts";
import { measureOf, type Measure } from "../measure.ts";
import type { Row } from "../row.ts";
import { changed, modelEntries, models, picker, type ModelEntry } from "../stores/models.ts";
import { PlainPostgres } from "../stores/plain-postgres.ts";
import { withOpened, type Keep } from "../with-opened.ts";

const limit = 50;
const least = 1000;
const batchSize = 1000;

/** The library, and how it comes to another connection. */
class OurPostgres implements AsyncDisposable {
  private readonly url: string;
  private backend: StorageBackend;
  collection: Collection<BenchmarkRecord>;

  constructor(url: string) {
    this.url = url;
    this.backend = postgresBackend({ connectionString: url, collections: [models] });
    this.collection = this.backend.collection(models);
  }

  async reconnect(): Promise<void> {
    await this.backend.close();
    this.backend = postgresBackend({ connectionString: this.url, collections: [models] });
    this.collection = this.backend.collection(models);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.backend.close();
  }
}

/** The same records in two databases of one server that waits for its disk. */
interface Stage {
  readonly entries: readonly ModelEntry[];
  readonly ours: OurPostgres;
  readonly plain: PlainPostgres;
}

async function setStage(records: number, keep: Keep): Promise<Stage> {
  const entries = modelEntries(records);
  const server = await startPostgres({ durable: true });
  const [own, other] = [keep(await server.database()), keep(await server.database())];
  const ours = keep(new OurPostgres(own.url));
  await ours.collection.replaceAll(entries);
  await own.query("VACUUM ANALYZE");
  const plain = keep(await PlainPostgres.open(other.url));
  await plain.fill(entries);
  return { entries, ours, plain };
}

interface Duel {
  readonly what: string;
  /** Operations of a turn at full effort. */
  readonly operations: number;
  readonly rounds: (effort: Effort) => number;
  readonly unit?: "ms";
  readonly plain: (index: number) => Promise<unknown>;
  readonly ours: (index: number) => Promise<unknown>;
  readonly others?: readonly Contestant[];
}

/** Operations on a new connection that do not count. */
const warming = 10;

/**
 * Where the system lets the server's side of a connection run decides a fifth of the time of a short
 * operation, for as long as there is the connection. So each turn has another one.
 */
function onNewConnection(
  contestant: Contestant,
  { reconnect }: { readonly reconnect: () => Promise<void> },
): Contestant {
  const prepare = async (): Promise<void> => {
    await reconnect();
    for (let index = 0; index < warming; index++) await contestant.operation(index);
  };
  return { ...contestant, prepare };
}

async function fight(duel: Duel, { ours, plain }: Stage, effort: Effort): Promise<Measure> {
  const byHand: readonly Contestant[] = [
    { name: "pg, prepared", asynchronous: true, operation: duel.plain },
    ...(duel.others ?? []),
  ];
  const [floor, ...others] = byHand.map((contestant) =>
    onNewConnection(contestant, { reconnect: () => plain.reconnect() }),
  );
  const cutover: Contestant = { name: "cutover", asynchronous: true, operation: duel.ours };
  const own = onNewConnection(cutover, { reconnect: () => ours.reconnect() });
  const timings = await contest(
    [floor, own, ...others].filter((one) => one !== undefined),
    {
      rounds: duel.rounds(effort),
      operations: operationsOf(effort, duel.operations),
    },
  );
  const { what, unit = "µs" } = duel;
  return measureOf(timings, { row: "postgres", what, unit, target: { atLeast: 0.85 } });
}

function duels({ entries, ours, plain }: Stage): Duel[] {
  const entryAt = picker(entries);
  const typeAt = picker(entries.map(([, value]) => value.model_type));
  const valueAt = (index: number): BenchmarkRecord => changed(entryAt(index)[1], index);
  const values = entries.map(([, value]) => value);
  const batchAt = (index: number): BenchmarkRecord[] =>
    Array.from({ length: Math.min(batchSize, entries.length) }, (_, place) =>
      changed(entryAt(index * batchSize + place)[1], index),
    );
  return [
    {
      what: "get by key",
      operations: 400,
      rounds: shortRounds,
      plain: (index) => plain.get(entryAt(index)[0]),
      ours: (index) => ours.collection.get(entryAt(index)[0]),
    },
    {
      what: `filtered query of ${limit} rows`,
      operations: 40,
      rounds: shortRounds,
      plain: (index) => plain.find(typeAt(index), least, limit),
      ours: (index) =>
        ours.collection.find({
          where: { model_type: typeAt(index), size_bytes: { gte: least } },
          orderBy: [{ field: "filename" }],
          limit,
        }),
      others: [
        {
          name: "pg, prepared, rows made into records",
          asynchronous: true,
          operation: (index) => plain.findRecords(typeAt(index), least, limit),
        },
      ],
    },
    {
      what: "durable put, one after another",
      // Fewer would mostly measure how soon each contestant's code is compiled.
      operations: 400,
      rounds: ({ rounds }) => rounds,
      plain: (index) => plain.put(valueAt(index)),
      ours: (index) => ours.collection.put(entryAt(index)[0], valueAt(index)),
      others: [
        {
          name: "pg, with a lock and a signature in the same statement",
          asynchronous: true,
          operation: (index) => plain.putSigned(valueAt(index), index),
        },
        boundOf("one function by hand, with all that the contract asks for", (index) =>
          plain.putAll(valueAt(index), index),
        ),
      ],
    },
    {
      what: "100 durable puts at once",
      operations: 5,
      rounds: ({ rounds }) => rounds,
      unit: "ms",
      plain: async (index) => {
        for (const place of hundred(index)) await plain.put(valueAt(place));
      },
      ours: (index) =>
        Promise.all(
          hundred(index).map((place) => ours.collection.put(entryAt(place)[0], valueAt(place))),
        ),
    },
    {
      what: `putMany of ${batchSize} changes`,
      operations: 2,
      rounds: ({ rounds }) => rounds,
      unit: "ms",
      plain: (index) => plain.putMany(batchAt(index)),
      ours: (index) =>
        ours.collection.putMany(batchAt(index).map((value) => [value.filename, value] as const)),
      others: [
        {
          name: "pg, one prepared statement a record in one transaction",
          asynchronous: true,
          operation: (index) => plain.putEach(batchAt(index)),
        },
      ],
    },
    {
      what: `replaceAll of ${entries.length} records`,
      operations: 1,
      rounds: ({ rounds }) => rounds,
      unit: "ms",
      plain: () => plain.replaceAll(values),
      ours: () => ours.collection.replaceAll(entries),
    },
  ];
}

function hundred(index: number): number[] {
  return Array.from({ length: 100 }, (_, place) => index * 100 + place);
}

/** Postgres through the interface, against its driver used by hand. */
export const postgresRow: Row = {
  id: "postgres",
  title: "Postgres",
  run: ({ effort, note }) =>
    withOpened(async (keep) => {
      const missing = postgresMissing();
      if (missing !== undefined) {
        note(`postgres: not measured: ${missing}`);
        return [];
      }
      const stage = await setStage(effort.records, keep);
      const measures: Measure[] = [];
      for (const duel of duels(stage)) measures.push(await fight(duel, stage, effort));
      return measures;
    }),
};
