import fc from "fast-check";
import { expect, it } from "vitest";
import {
  defineCollection,
  driverOf,
  isStorageError,
  memoryBackend,
  memoryControl,
  replicaOf,
  text,
  timestamp,
  type CollectionDefinition,
  type ControlStore,
  type StorageBackend,
} from "@cutover/core";
import { UnitDrain } from "../../src/drain/unit-drain.ts";
import { Intents } from "../../src/write/intents.ts";
import { contentOf } from "./equal-stores.ts";

type Row = { owner?: string; until?: number; n: number };

const collections: Readonly<Record<string, CollectionDefinition<Row>>> = {
  plain: defineCollection<Row>({ name: "plain", fields: { owner: text() } }),
  newest_first: defineCollection<Row>({
    name: "newest_first",
    fields: { owner: text() },
    order: "prepend",
  }),
  claimed: defineCollection<Row>({
    name: "claimed",
    fields: { owner: text(), until: timestamp({ as: "epoch-ms" }) },
    unique: ["owner"],
    expiry: "until",
  }),
};

const key = fc.constantFrom("a", "b", "c", "d", "e");
const row = fc.record(
  {
    owner: fc.constantFrom("x", "y", "z"),
    until: fc.integer({ min: 0, max: 40 }),
    n: fc.integer({ min: 0, max: 9 }),
  },
  { requiredKeys: ["n"] },
);

type Step =
  | { readonly do: "put" | "insert"; readonly key: string; readonly row: Row }
  | { readonly do: "delete"; readonly key: string }
  | { readonly do: "clear" | "sweep" | "drain" | "tick" | "die" }
  | { readonly do: "replaceAll"; readonly rows: readonly (readonly [string, Row])[] };

const entries = fc.array(fc.tuple(key, fc.record({ n: fc.integer({ min: 0, max: 9 }) })), {
  maxLength: 5,
});
const just = <T extends Step["do"]>(...verbs: T[]): fc.Arbitrary<{ readonly do: T }> =>
  fc.record({ do: fc.constantFrom(...verbs) });

/** What a whole collection, or a death, is marked for hides what single marks would have missed. */
const small: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom("put" as const, "insert" as const), key, row }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("delete" as const), key }) },
  { weight: 6, arbitrary: just("drain", "tick", "sweep") },
);
const any: fc.Arbitrary<Step> = fc.oneof(
  { weight: 15, arbitrary: small },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("replaceAll" as const), rows: entries }) },
  { weight: 1, arbitrary: just("clear", "die") },
);
const walk = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.oneof(
    fc.array(small, { minLength: 20, maxLength }),
    fc.array(any, { minLength: 5, maxLength }),
  );

/** One store that is written to with marks, and another that a drain makes equal to it. */
class Pair {
  readonly definition: CollectionDefinition<Row>;
  readonly source: StorageBackend;
  readonly mirror: StorageBackend = memoryBackend();
  readonly control: ControlStore = memoryControl();
  readonly drain: UnitDrain;
  #now = 0;

  constructor(definition: CollectionDefinition<Row>) {
    this.definition = definition;
    this.source = memoryBackend({ clock: () => this.#now });
    this.source.collection(definition);
    this.mirror.collection(definition);
    const replicas = { old: replicaOf(this.source), new: replicaOf(this.mirror) };
    this.drain = new UnitDrain(
      { control: this.control, replicas },
      { name: "unit", collections: [definition] },
    );
  }

  static async of(definition: CollectionDefinition<Row>): Promise<Pair> {
    const pair = new Pair(definition);
    await pair.control.open();
    return pair;
  }

  async #write(
    operation: Parameters<ReturnType<typeof driverOf>["write"]>[0][number],
  ): Promise<void> {
    const context = { nowMs: this.#now, signal: undefined, timeoutMs: 1000 };
    const intents = new Intents(this.control, "unit");
    try {
      await intents.around([operation], async (mark) => {
        await mark();
        return driverOf(this.source).write([operation], context);
      });
    } catch (error) {
      if (!isStorageError(error, "ALREADY_EXISTS")) throw error;
    }
  }

  async take(taken: Step): Promise<void> {
    const { definition: collection } = this;
    const ifVersion = undefined;
    switch (taken.do) {
      case "put":
      case "insert":
        return this.#write({
          type: "put",
          collection,
          key: taken.key,
          value: taken.row,
          insert: taken.do === "insert",
          ifVersion,
        });
      case "delete":
        return this.#write({ type: "delete", collection, key: taken.key, ifVersion });
      case "clear":
        return this.#write({ type: "clear", collection });
      case "replaceAll": {
        const values = new Map(taken.rows);
        const entries = Array.from(values, ([name, value]) => ({ key: name, value }));
        return this.#write({ type: "replaceAll", collection, entries });
      }
      case "sweep":
        return this.#write({ type: "deleteExpired", collection, atMs: this.#now });
      case "tick":
        this.#now += 7;
        return;
      case "die":
        return this.#dieAfterWriting();
      default:
        await this.drain.round({ mirror: "new", reconciles: true });
    }
  }

  /** A writer that has written, and dies before it settles its mark. */
  async #dieAfterWriting(): Promise<void> {
    const { definition: collection } = this;
    const targets = [
      { collection: collection.name, key: "c" },
      { collection: collection.name, key: "" },
    ];
    await this.control.mark("unit", targets);
    const context = { nowMs: this.#now, signal: undefined, timeoutMs: 1000 };
    const write = driverOf(this.source).write(
      [
        { type: "delete", collection, key: "c", ifVersion: undefined },
        {
          type: "put",
          collection,
          key: "c",
          value: { owner: "x", n: 99 },
          insert: false,
          ifVersion: undefined,
        },
      ],
      context,
    );
    await write.catch((error: unknown) => {
      if (!isStorageError(error, "ALREADY_EXISTS")) throw error;
    });
  }

  async drainToTheEnd(): Promise<void> {
    await this.control.settleOrphans("unit");
    for (let round = 0; round < 50; round++) {
      const { keys, collections: whole } = await this.control.count("unit");
      if (keys === 0 && whole.length === 0) return;
      await this.drain.round({ mirror: "new", reconciles: true });
    }
    throw new Error("the drain does not come to an end");
  }
}

for (const [name, definition] of Object.entries(collections)) {
  it(`after any writes, drains and deaths a drained mirror equals its source, order included: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(walk(60), async (steps) => {
        const pair = await Pair.of(definition);
        for (const taken of steps) await pair.take(taken);
        await pair.drainToTheEnd();
        expect(await contentOf(pair.mirror, definition)).toEqual(
          await contentOf(pair.source, definition),
        );
      }),
      { numRuns: 400 },
    );
  });

  it(`whatever differs at any moment is marked: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(walk(40), async (steps) => {
        const pair = await Pair.of(definition);
        for (const taken of steps) {
          await pair.take(taken);
          const { keys, collections: whole } = await pair.control.count("unit");
          if (keys + whole.length > 0) continue;
          expect(await contentOf(pair.mirror, definition)).toEqual(
            await contentOf(pair.source, definition),
          );
        }
      }),
      { numRuns: 300 },
    );
  });
}
