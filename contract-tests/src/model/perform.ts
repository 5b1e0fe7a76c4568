import {
  type Collection,
  type CollectionDefinition,
  type CollectionOperations,
  isJsonObject,
  type JsonValue,
} from "@cutover/core";
import type { Change, CollectionCommand, Command } from "./command.ts";
import { duplicateOf, spoil } from "./copy.ts";
import { NaiveCollection } from "./naive-collection.ts";
import { NaiveStore } from "./naive-store.ts";
import { describeError, type Outcome, outcomeOf } from "./outcome.ts";
import { refusals } from "./refusal.ts";
import { trusted } from "../proof/trusted.ts";

/** What commands are carried out on: a store or the model. */
export interface Target {
  collection(definition: CollectionDefinition): Collection;
  transaction<T>(
    work: (tx: {
      collection(definition: CollectionDefinition): CollectionOperations;
    }) => Promise<T>,
  ): Promise<T>;
  info(): Promise<{
    readonly collections: readonly {
      readonly name: string;
      readonly exists: boolean;
      readonly records: number;
    }[];
  }>;
}

/** What the commands' names stand for. */
export interface Performance {
  readonly definition: (name: string) => CollectionDefinition;
  /** The version a conditional write names, by the model's knowledge. */
  readonly version: (command: CollectionCommand) => string | undefined;
  readonly nowMs: () => number;
}

// The generators also make what callers without types hand in: -0 and nested undefined.
const hand = (value: unknown): JsonValue => trusted(duplicateOf(value));

/** Calls with copies of the values, and spoils the copies at once: they are the caller's. */
function lend<T>(value: unknown, call: (lent: JsonValue) => Promise<T>): Promise<T> {
  const lent = hand(value);
  const result = call(lent);
  spoil(lent);
  return result;
}

function lendAll<T>(
  entries: readonly (readonly [string, unknown])[],
  call: (lent: (readonly [string, JsonValue])[]) => Promise<T>,
): Promise<T> {
  const lent = entries.map(([key, value]) => [key, hand(value)] as const);
  const result = call(lent);
  for (const [, value] of lent) spoil(value);
  return result;
}

function changed(
  change: Change,
  current: JsonValue | undefined,
  keyMember: readonly [string, string] | undefined,
): JsonValue {
  if (change.kind === "set") return hand(change.value);
  if (change.kind === "throw") throw new RangeError("the change threw");
  if (change.kind === "nothing") return hand(undefined);
  const own = keyMember === undefined ? {} : { [keyMember[0]]: keyMember[1] };
  if (!isJsonObject(current)) return { ...own, n: 1 };
  const { n } = current;
  return { ...current, n: typeof n === "number" && n < 1000 ? n + 1 : 1 };
}

/** Carries out one call on a collection. */
export async function performOn(
  collection: CollectionOperations,
  command: CollectionCommand,
  performance: Performance,
): Promise<unknown> {
  const { definition } = collection;
  const ifVersion = performance.version(command);
  const condition = ifVersion === undefined ? {} : { ifVersion };
  switch (command.call) {
    case "get":
    case "has":
    case "entry":
      return collection[command.call](command.key);
    case "getMany":
      return [...(await collection.getMany(command.keys))];
    case "deleteMany":
      return collection.deleteMany(command.keys);
    case "insert":
      return lend(command.value, (lent) => collection.insert(command.key, lent));
    case "put":
      return lend(command.value, (lent) => collection.put(command.key, lent, condition));
    case "patch":
      return lend(command.value, (lent) => collection.patch(command.key, lent, condition));
    case "update": {
      const own =
        definition.keyMember === undefined
          ? undefined
          : ([definition.keyMember, command.key] as const);
      return collection.update(command.key, (current) => changed(command.change, current, own));
    }
    case "delete":
      return collection.delete(command.key, condition);
    case "clear":
      return collection.clear();
    case "replaceAll":
    case "putMany":
      return lendAll(command.entries, (lent) => collection[command.call](lent));
    case "find":
      return collection.find(command.query);
    case "count":
      return collection.count(command.where);
    case "aggregate":
      return collection.aggregate(command.query);
    case "search":
      return collection.search(command.words, command.query);
    case "deleteExpired":
      return collection.deleteExpired(
        command.inMs === undefined ? undefined : performance.nowMs() + command.inMs,
      );
    case "refused": {
      const refusal = refusals.get(command.what);
      if (refusal === undefined) throw new Error(`no refusal is called ${command.what}`);
      return collection instanceof NaiveCollection
        ? collection.refused(refusal.code)
        : refusal.run(collection);
    }
    default:
      return command satisfies never;
  }
}

async function performTransaction(
  target: Target,
  command: Command & { readonly call: "transaction" },
  performance: Performance,
): Promise<unknown> {
  let outcomes: Outcome[] = [];
  const work = async (tx: Parameters<Parameters<Target["transaction"]>[0]>[0]): Promise<string> => {
    outcomes = [];
    for (const one of command.commands) {
      try {
        const result = await performOn(
          tx.collection(performance.definition(one.on)),
          one,
          performance,
        );
        outcomes.push({ returned: duplicateOf(result) });
        if (!(target instanceof NaiveStore)) spoil(result);
      } catch (error) {
        outcomes.push({ threw: describeError(error) });
        if (command.end === "rethrow") throw error;
      }
    }
    if (command.end === "throw") throw new RangeError("the work threw");
    return "done";
  };
  const end = await outcomeOf(() => target.transaction(work));
  return { outcomes, end };
}

async function iterated(
  collection: Collection,
  command: Command & { readonly call: "iterate" },
): Promise<unknown> {
  const taken: unknown[] = [];
  for await (const entry of collection.iterate(
    command.where === undefined ? {} : { where: command.where },
  )) {
    if (taken.length >= command.take) break;
    taken.push(entry);
  }
  return taken;
}

/** Carries out a command that has one result; `walk`, `clock` and `reopen` have more to them. */
export async function perform(
  target: Target,
  command: Command,
  performance: Performance,
): Promise<unknown> {
  switch (command.call) {
    case "transaction":
      return performTransaction(target, command, performance);
    case "together": {
      const calls = command.commands.map((one) =>
        outcomeOf(() =>
          performOn(target.collection(performance.definition(one.on)), one, performance),
        ),
      );
      return Promise.all(calls);
    }
    case "iterate":
      return iterated(target.collection(performance.definition(command.on)), command);
    case "info":
      return (await target.info()).collections.toSorted((left, right) =>
        left.name < right.name ? -1 : 1,
      );
    case "walk":
    case "clock":
    case "reopen":
      throw new Error(`${command.call} is not one call`);
    default:
      return performOn(target.collection(performance.definition(command.on)), command, performance);
  }
}
