import {
  isStorageError,
  type Collection,
  type CollectionDefinition,
  type GroupBy,
  type JsonValue,
  type StorageBackend,
} from "@cutover/core";
import type { Unit } from "@cutover/engine";
import type { Random } from "../../histories/load/random.ts";
import {
  oneOf,
  randomFilter,
  randomKey,
  randomMembers,
  randomOrder,
  randomValue,
} from "./random-records.ts";

/** What an operation is made of: drawn once, then run on every store. */
export interface Draw {
  readonly random: Random;
  readonly nowMs: number;
  readonly unit: Unit;
  readonly definition: CollectionDefinition;
  /** Collections are never emptied, so that records stay as they were found in their files. */
  readonly isSparing: boolean;
  /** The cursor of the collection's last page, whichever store wrote it. */
  readonly cursor: string | undefined;
}

/** An operation with everything that it needs, so that it is the same wherever it runs. */
export type DrawnOperation = (backend: StorageBackend) => Promise<unknown>;

type On = (collection: Collection) => Promise<unknown>;
type Drawing = (draw: Draw) => On;

const pair = ({ definition, random, nowMs }: Draw): readonly [string, JsonValue] => {
  const key = randomKey(random);
  return [key, randomValue(definition, key, { random, nowMs })];
};

const pairs = (draw: Draw, most: number): (readonly [string, JsonValue])[] =>
  Array.from({ length: draw.random.below(most) }, () => pair(draw));

const keys = ({ random }: Draw): string[] =>
  Array.from({ length: 1 + random.below(4) }, () => randomKey(random));

const get: Drawing = ({ random }) => {
  const key = randomKey(random);
  return (collection) => collection.get(key);
};

const getMany: Drawing = (draw) => {
  const asked = keys(draw);
  return async (collection) => [...(await collection.getMany(asked))];
};

const has: Drawing = ({ random }) => {
  const key = randomKey(random);
  return (collection) => collection.has(key);
};

const entry: Drawing = ({ random }) => {
  const key = randomKey(random);
  return (collection) => collection.entry(key);
};

const find: Drawing = ({ definition, random }) => {
  const where = randomFilter(definition, random);
  const order = randomOrder(definition, random);
  const limit = random.below(2) === 0 ? {} : { limit: random.below(10) };
  return (collection) => collection.find({ where, ...order, ...limit });
};

const page: Drawing = ({ random, cursor }) => {
  const limit = 1 + random.below(7);
  const from = cursor === undefined ? {} : { cursor };
  return (collection) => collection.page({ limit, ...from });
};

const count: Drawing = ({ definition, random }) => {
  const where = randomFilter(definition, random);
  return (collection) => collection.count(where);
};

const aggregate: Drawing = ({ definition, random }) => {
  const where = randomFilter(definition, random);
  if (definition.fields.size === 0) return (collection) => collection.aggregate({ where });
  const groupBy = oneOf<readonly GroupBy[]>(random, [
    ["used"],
    [{ field: "at", bucket: "day" }],
    [],
  ]);
  return (collection) =>
    collection.aggregate({
      where,
      groupBy,
      sum: ["size"],
      avg: ["rating"],
      min: ["name", "at"],
      max: ["size"],
    });
};

const search: Drawing = ({ definition, random }) => {
  const words = oneOf(random, ["flux", "one t", "control dep", "TEN", "flu", "ﬁne", "-"]);
  const prefix = random.below(2) === 0;
  if (definition.search.length === 0) return (collection) => collection.count();
  return (collection) => collection.search(words, { prefix });
};

const iterate: Drawing = () => (collection) => Array.fromAsync(collection.iterate());

const insert: Drawing = (draw) => {
  const [key, value] = pair(draw);
  return (collection) => collection.insert(key, value);
};

const put: Drawing = (draw) => {
  const [key, value] = pair(draw);
  return (collection) => collection.put(key, value);
};

const replace: Drawing = (draw) => {
  const [key, value] = pair(draw);
  const isStale = draw.random.below(4) === 0;
  return async (collection) => {
    const ifVersion = isStale ? "stale" : (await collection.entry(key))?.version;
    if (ifVersion !== undefined) await collection.put(key, value, { ifVersion });
    return ifVersion;
  };
};

const patch: Drawing = ({ definition, random, nowMs }) => {
  const key = randomKey(random);
  const members = randomMembers(definition, random, nowMs);
  const own =
    definition.keyMember === undefined ? members : { [definition.keyMember]: key, ...members };
  return (collection) => collection.patch(key, own);
};

const update: Drawing = (draw) => {
  const [key, value] = pair(draw);
  return (collection) =>
    collection.update(key, (current) => (current === undefined ? value : current));
};

const remove: Drawing = ({ random }) => {
  const key = randomKey(random);
  return (collection) => collection.delete(key);
};

const putMany: Drawing = (draw) => {
  const entries = pairs(draw, 6);
  return (collection) => collection.putMany(entries);
};

const deleteMany: Drawing = (draw) => {
  const removed = keys(draw);
  return (collection) => collection.deleteMany(removed);
};

const replaceAll: Drawing = (draw) => {
  const entries = pairs(draw, 25);
  return (collection) => collection.replaceAll(entries);
};

const clear: Drawing = () => (collection) => collection.clear();

const deleteExpired: Drawing = () => (collection) => collection.deleteExpired();

/** Operations on one collection, with their shares. */
const drawings: Readonly<Record<string, { readonly share: number; readonly draw: Drawing }>> = {
  get: { share: 120, draw: get },
  getMany: { share: 40, draw: getMany },
  has: { share: 20, draw: has },
  entry: { share: 20, draw: entry },
  find: { share: 80, draw: find },
  page: { share: 60, draw: page },
  count: { share: 40, draw: count },
  aggregate: { share: 40, draw: aggregate },
  search: { share: 40, draw: search },
  iterate: { share: 10, draw: iterate },
  insert: { share: 70, draw: insert },
  put: { share: 90, draw: put },
  replace: { share: 20, draw: replace },
  patch: { share: 30, draw: patch },
  update: { share: 30, draw: update },
  delete: { share: 70, draw: remove },
  putMany: { share: 15, draw: putMany },
  deleteMany: { share: 15, draw: deleteMany },
  deleteExpired: { share: 15, draw: deleteExpired },
  replaceAll: { share: 3, draw: replaceAll },
  clear: { share: 2, draw: clear },
};

class TakenBack extends Error {}

/** Several writes and reads of a unit's collections, taken back now and then. */
function transaction(draw: Draw): DrawnOperation {
  const { random, nowMs, unit } = draw;
  const parts = Array.from({ length: 1 + random.below(4) }, () => {
    const definition = unit.collections[random.below(unit.collections.length)] ?? draw.definition;
    const key = randomKey(random);
    const value = randomValue(definition, key, { random, nowMs });
    return { definition, key, value: random.below(4) === 0 ? undefined : value };
  });
  const takesBack = random.below(4) === 0;
  return (backend) =>
    backend.transaction(async (tx) => {
      const seen: unknown[] = [];
      for (const { definition, key, value } of parts) {
        const collection = tx.collection(definition);
        seen.push(await collection.get(key));
        if (value === undefined) seen.push(await collection.delete(key));
        else await collection.put(key, value);
        seen.push(await collection.count());
      }
      if (takesBack) throw new TakenBack("on purpose");
      return seen;
    });
}

const wheel: readonly string[] = [
  ...Object.entries(drawings).flatMap(([name, { share }]) => Array<string>(share).fill(name)),
  ...Array<string>(50).fill("transaction"),
];
const sparing = wheel.filter((name) => name !== "clear" && name !== "replaceAll");

/** Draws the next operation. */
export function drawOperation(draw: Draw): { readonly name: string; readonly run: DrawnOperation } {
  const names = draw.isSparing ? sparing : wheel;
  const name = names[draw.random.below(names.length)] ?? "get";
  const drawing = drawings[name]?.draw;
  if (drawing === undefined) return { name, run: transaction(draw) };
  const on = drawing(draw);
  return { name, run: (backend) => on(backend.collection(draw.definition)) };
}

/** What a caller learns from an operation, as text that keeps the order of members. */
export async function answerOf(
  { run }: { readonly run: DrawnOperation },
  backend: StorageBackend,
): Promise<string> {
  try {
    return JSON.stringify({ answer: await run(backend) });
  } catch (error) {
    if (error instanceof TakenBack) return "taken back";
    if (isStorageError(error)) return error.code;
    throw error;
  }
}
