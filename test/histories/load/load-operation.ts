import {
  isStorageError,
  type Collection,
  type CollectionDefinition,
  type CollectionOperations,
  type StorageBackend,
} from "@cutover/core";
import type { HistoryStep } from "../history-event.ts";
import { loadRecord, tagOf, type LoadRecord } from "./load-record.ts";
import type { Random } from "./random.ts";

/** What an operation of a load acts on. */
export interface LoadTarget {
  readonly backend: StorageBackend;
  readonly definitions: readonly CollectionDefinition<LoadRecord>[];
  readonly definition: CollectionDefinition<LoadRecord>;
  readonly collection: Collection<LoadRecord>;
  readonly key: string;
  /** The key and its neighbour: only neighbours are ever written together, so that parts stay small. */
  readonly pair: readonly string[];
  readonly keys: readonly string[];
  readonly random: Random;
  /** @returns the name of a write that nobody made before */
  newTag(): string;
}

/** An operation that is ready to run. */
export interface PreparedOperation {
  /** What it would do, should its outcome stay unknown. */
  readonly intent: readonly HistoryStep[];
  /** @returns what it did and saw */
  readonly run: () => Promise<readonly HistoryStep[]>;
}

type Prepare = (target: LoadTarget) => PreparedOperation;
type Step = Omit<HistoryStep, "collection" | "key">;

/** Thrown by a transaction that takes everything back on purpose. */
export class TakenBack extends Error {}

function on({ definition, key }: LoadTarget, step: Step): HistoryStep[] {
  return [{ collection: definition.name, key, ...step }];
}

function reading(
  target: LoadTarget,
  read: () => Promise<readonly HistoryStep[]>,
): PreparedOperation {
  return { intent: on(target, {}), run: read };
}

function sightings(
  { definition }: LoadTarget,
  keys: readonly string[],
  found: ReadonlyMap<string, LoadRecord>,
): HistoryStep[] {
  const collection = definition.name;
  return keys.map((key) => ({ collection, key, saw: tagOf(found.get(key)) }));
}

function writing(intent: HistoryStep[], write: () => Promise<unknown>): PreparedOperation {
  return {
    intent,
    run: async () => {
      await write();
      return intent;
    },
  };
}

/** Writes of a pair of records, each new or removed. */
function pairPlan(target: LoadTarget): HistoryStep[] {
  const { definitions, definition, pair, key, random } = target;
  const places =
    definitions.length > 1
      ? definitions.slice(0, 4).map(({ name }) => ({ collection: name, key }))
      : pair.map((key) => ({ collection: definition.name, key }));
  return places.map((place) => ({
    ...place,
    left: random.below(4) === 0 ? null : target.newTag(),
  }));
}

async function carryOut(
  collection: CollectionOperations<LoadRecord>,
  { key = "", left }: HistoryStep,
): Promise<HistoryStep> {
  const saw = tagOf(await collection.get(key));
  if (typeof left === "string") await collection.put(key, loadRecord(left));
  else await collection.delete(key);
  const { name } = collection.definition;
  return left === undefined ? { collection: name, key, saw } : { collection: name, key, saw, left };
}

function transaction(target: LoadTarget, takesBack: boolean): PreparedOperation {
  const { backend, definitions } = target;
  const intent = pairPlan(target);
  const run = (): Promise<HistoryStep[]> =>
    backend.transaction(async (tx) => {
      const done: HistoryStep[] = [];
      for (const step of intent) {
        const definition = definitions.find(({ name }) => name === step.collection);
        if (definition === undefined) throw new Error(`no collection ${step.collection}`);
        done.push(await carryOut(tx.collection(definition), step));
      }
      if (takesBack) throw new TakenBack("on purpose");
      return done;
    });
  return { intent, run };
}

const get: Prepare = (target) =>
  reading(target, async () => on(target, { saw: tagOf(await target.collection.get(target.key)) }));

const has: Prepare = (target) =>
  reading(target, async () => on(target, { existed: await target.collection.has(target.key) }));

const getMany: Prepare = (target) =>
  reading(target, async () =>
    sightings(target, target.pair, await target.collection.getMany(target.pair)),
  );

const find: Prepare = (target) =>
  reading(target, async () => {
    const entries = await target.collection.find();
    const found = new Map(entries.map(({ key, value }) => [key, value] as const));
    if (found.size < entries.length) throw new Error("find() answered a record twice");
    return sightings(target, target.keys, found);
  });

const put: Prepare = (target) => {
  const left = target.newTag();
  return writing(on(target, { left }), () => target.collection.put(target.key, loadRecord(left)));
};

const patch: Prepare = (target) => {
  const left = target.newTag();
  return writing(on(target, { left }), () => target.collection.patch(target.key, loadRecord(left)));
};

const insert: Prepare = (target) => {
  const left = target.newTag();
  const run = async (): Promise<HistoryStep[]> => {
    try {
      await target.collection.insert(target.key, loadRecord(left));
      return on(target, { saw: null, left });
    } catch (error) {
      if (isStorageError(error, "ALREADY_EXISTS")) return on(target, { existed: true });
      throw error;
    }
  };
  return { intent: on(target, { saw: null, left }), run };
};

const update: Prepare = (target) => {
  const left = target.newTag();
  const run = async (): Promise<HistoryStep[]> => {
    let saw: string | null = null;
    await target.collection.update(target.key, (current) => {
      // Only what the last run saw counts: a change may run again.
      saw = tagOf(current);
      return loadRecord(left);
    });
    return on(target, { saw, left });
  };
  return { intent: on(target, { left }), run };
};

const remove: Prepare = (target) => {
  const run = async (): Promise<HistoryStep[]> =>
    on(target, { existed: await target.collection.delete(target.key), left: null });
  return { intent: on(target, { left: null }), run };
};

/** Writes only what nobody wrote since the last look at the record. */
const replace: Prepare = (target) => {
  const left = target.newTag();
  const run = async (): Promise<HistoryStep[]> => {
    const { collection, key } = target;
    const seen = await collection.entry(key);
    if (seen === undefined) return on(target, { saw: null });
    try {
      await collection.put(key, loadRecord(left), { ifVersion: seen.version });
      return on(target, { saw: tagOf(seen.value), left });
    } catch (error) {
      // The refusal tells nothing more; what was read before it still counts.
      if (isStorageError(error, "VERSION_CONFLICT")) return on(target, { saw: tagOf(seen.value) });
      throw error;
    }
  };
  return { intent: on(target, { left }), run };
};

const putMany: Prepare = (target) => {
  const { definition, pair, collection } = target;
  const tags = pair.map((key) => ({ key, left: target.newTag() }));
  const intent = tags.map((tag) => ({ collection: definition.name, ...tag }));
  const entries = tags.map(({ key, left }) => [key, loadRecord(left)] as const);
  return writing(intent, () => collection.putMany(entries));
};

const deleteMany: Prepare = ({ definition, pair, collection }) => {
  const intent = pair.map((key) => ({ collection: definition.name, key, left: null }));
  const run = async (): Promise<HistoryStep[]> => {
    const count = await collection.deleteMany(pair);
    // Which of two it was, one deletion does not tell.
    if (count > 0 && count < pair.length) return intent;
    return intent.map((step) => ({ ...step, existed: count > 0 }));
  };
  return { intent, run };
};

const clear: Prepare = ({ definition, collection }) =>
  writing([{ collection: definition.name, left: null }], () => collection.clear());

const replaceAll: Prepare = (target) => {
  const { definition, collection, keys, random } = target;
  const intent = keys.map((key) => ({
    collection: definition.name,
    key,
    left: random.below(2) === 0 ? null : target.newTag(),
  }));
  const entries = intent.flatMap(({ key, left }) =>
    left === null ? [] : [[key, loadRecord(left)] as const],
  );
  return writing(intent, () => collection.replaceAll(entries));
};

/** Every operation, with its share of a load unless told otherwise. */
export const loadOperations = {
  get: { share: 300, prepare: get },
  has: { share: 30, prepare: has },
  getMany: { share: 60, prepare: getMany },
  find: { share: 10, prepare: find },
  put: { share: 200, prepare: put },
  patch: { share: 30, prepare: patch },
  insert: { share: 60, prepare: insert },
  update: { share: 120, prepare: update },
  delete: { share: 80, prepare: remove },
  replace: { share: 40, prepare: replace },
  putMany: { share: 30, prepare: putMany },
  deleteMany: { share: 10, prepare: deleteMany },
  transaction: { share: 60, prepare: (target) => transaction(target, false) },
  rollback: { share: 10, prepare: (target) => transaction(target, true) },
  clear: { share: 2, prepare: clear },
  replaceAll: { share: 3, prepare: replaceAll },
} as const satisfies Record<string, { readonly share: number; readonly prepare: Prepare }>;

/** Name of an operation of a load. */
export type LoadOperationName = keyof typeof loadOperations;
