import type { CollectionDefinition } from "@cutover/core";
import fc, { type Arbitrary } from "fast-check";
import { hostileKeys } from "../corpus/hostile-keys.ts";
import type { Change, CollectionCommand, Command, NamedVersion } from "./command.ts";
import { modelDefinitions } from "./model-definitions.ts";
import { aggregatesOf, filtersOf, ordersOf, queriesOf, searchesOf } from "./model-queries.ts";
import { recordsOf, searchTexts, valuesOf } from "./model-values.ts";
import { refusals } from "./refusal.ts";

/** What one sequence works with: few keys and few collections, so that things collide. */
export interface ModelSetting {
  readonly keys: readonly string[];
  readonly definitions: readonly CollectionDefinition[];
}

/** A sequence of commands with its setting. */
export interface ModelSequence extends ModelSetting {
  readonly commands: readonly Command[];
}

const anyKey: Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...hostileKeys), weight: 4 },
  {
    arbitrary: fc
      .string({ unit: "binary", minLength: 1, maxLength: 8 })
      .map((text) => text.replaceAll("\0", "0")),
    weight: 1,
  },
);

const settings: Arbitrary<ModelSetting> = fc.record({
  keys: fc.uniqueArray(anyKey, { minLength: 3, maxLength: 10 }),
  definitions: fc.uniqueArray(fc.constantFrom(...modelDefinitions), { minLength: 1, maxLength: 3 }),
});

const versions: Arbitrary<NamedVersion> = fc.oneof(
  { arbitrary: fc.constant<NamedVersion>(undefined), weight: 4 },
  fc.constant<NamedVersion>("right"),
  fc.constant<NamedVersion>("wrong"),
);

/** Repeats the key in a record, mostly, where its collection asks for that. */
function keyed(
  definition: CollectionDefinition,
  key: string,
  value: unknown,
  obeys: boolean,
): unknown {
  const { keyMember } = definition;
  if (keyMember === undefined || !obeys || typeof value !== "object" || value === null)
    return value;
  return Array.isArray(value) ? value : { [keyMember]: key, ...value, [keyMember]: key };
}

function commandsOn(
  definition: CollectionDefinition,
  keys: readonly string[],
): Arbitrary<CollectionCommand> {
  const on = definition.name;
  const key = fc.constantFrom(...keys);
  const keyList = fc.array(key, { maxLength: 6 });
  const filters = filtersOf(definition, keys);
  const obeys = fc.integer({ min: 0, max: 15 }).map((number) => number > 0);
  const pair = (values: Arbitrary<unknown>): Arbitrary<readonly [string, unknown]> =>
    fc
      .tuple(key, values, obeys)
      .map(([one, value, does]) => [one, keyed(definition, one, value, does)]);
  const records = pair(valuesOf(definition));
  const patches = pair(recordsOf(definition));
  const change = (one: string, [, value]: readonly [string, unknown], kind: string): Change => {
    if (kind === "set") return { kind, value: keyed(definition, one, value, true) };
    return { kind: kind === "throw" || kind === "nothing" ? kind : "count" };
  };
  const kinds = fc.constantFrom("count", "count", "count", "set", "set", "throw", "nothing");
  const weighted: readonly (readonly [number, Arbitrary<CollectionCommand>])[] = [
    [3, fc.record({ on: fc.constant(on), call: fc.constantFrom("get", "has", "entry"), key })],
    [
      1,
      fc.record({
        on: fc.constant(on),
        call: fc.constantFrom("getMany", "deleteMany"),
        keys: keyList,
      }),
    ],
    [3, records.map(([one, value]) => ({ on, call: "insert", key: one, value }))],
    [
      10,
      fc
        .tuple(records, versions)
        .map(([[one, value], ifVersion]) => ({ on, call: "put", key: one, value, ifVersion })),
    ],
    [
      3,
      fc
        .tuple(patches, versions)
        .map(([[one, value], ifVersion]) => ({ on, call: "patch", key: one, value, ifVersion })),
    ],
    [
      3,
      fc.tuple(records, kinds).map(([[one, value], kind]) => ({
        on,
        call: "update",
        key: one,
        change: change(one, [one, value], kind),
      })),
    ],
    [3, fc.record({ on: fc.constant(on), call: fc.constant("delete"), key, ifVersion: versions })],
    [0.3, fc.constant({ on, call: "clear" })],
    [
      1,
      fc.array(records, { maxLength: 6 }).map((entries) => ({ on, call: "replaceAll", entries })),
    ],
    [3, fc.array(records, { maxLength: 6 }).map((entries) => ({ on, call: "putMany", entries }))],
    [12, queriesOf(definition, keys).map((query) => ({ on, call: "find", query }))],
    [
      2,
      fc
        .option(filters, { nil: undefined, freq: 5 })
        .map((where) => ({ on, call: "count", where })),
    ],
    [3, aggregatesOf(definition, keys).map((query) => ({ on, call: "aggregate", query }))],
    [
      definition.search.length > 0 ? 4 : 0.2,
      fc
        .tuple(searchTexts, searchesOf(definition, keys))
        .map(([words, query]) => ({ on, call: "search", words, query })),
    ],
    [
      definition.expiry === undefined ? 0.2 : 2,
      fc
        .constantFrom(undefined, 0, -1, 1000, 1e11)
        .map((inMs) => ({ on, call: "deleteExpired", inMs })),
    ],
    [1, fc.constantFrom(...refusals.keys()).map((what) => ({ on, call: "refused", what }))],
  ];
  // fast-check weighs in whole numbers.
  return fc.oneof(
    ...weighted.map(([weight, arbitrary]) => ({ arbitrary, weight: Math.round(weight * 10) })),
  );
}

function walksOn(
  definition: CollectionDefinition,
  keys: readonly string[],
  writes: Arbitrary<CollectionCommand>,
): Arbitrary<Command> {
  return fc.record({
    call: fc.constant("walk" as const),
    on: fc.constant(definition.name),
    query: fc.record(
      { where: filtersOf(definition, keys), orderBy: ordersOf(definition) },
      { requiredKeys: [] },
    ),
    size: fc.integer({ min: 1, max: 3 }),
    between: fc.array(writes, { maxLength: 2 }),
  });
}

function iterationsOn(
  definition: CollectionDefinition,
  keys: readonly string[],
): Arbitrary<Command> {
  return fc.record({
    call: fc.constant("iterate" as const),
    on: fc.constant(definition.name),
    where: fc.option(filtersOf(definition, keys), { nil: undefined }),
    take: fc.constantFrom(Infinity, Infinity, 0, 1, 2),
  });
}

/** Calls of one kind begin in the order they are made in; others need not. */
function burstsOf(one: Arbitrary<CollectionCommand>): Arbitrary<Command> {
  const alike = fc.constantFrom("put", "insert", "update", "delete", "patch").chain((call) =>
    fc.array(
      one.filter((command) => command.call === call),
      { minLength: 2, maxLength: 5 },
    ),
  );
  return alike.map((commands) => ({ call: "together", commands }));
}

function transactionsOf(one: Arbitrary<CollectionCommand>): Arbitrary<Command> {
  return fc.record({
    call: fc.constant("transaction" as const),
    commands: fc.array(one, { maxLength: 6 }),
    end: fc.constantFrom("return", "return", "return", "throw", "rethrow"),
  });
}

const moments: Arbitrary<Command> = fc
  .constantFrom(1, 500, 1000, 60_000, 3_600_000, -1, -1000)
  .map((byMs) => ({ call: "clock", byMs }));

function commandsIn({ keys, definitions }: ModelSetting): Arbitrary<Command> {
  const perCollection = definitions.map((definition) => commandsOn(definition, keys));
  const one: Arbitrary<CollectionCommand> = fc.oneof(...perCollection);
  const writes = one.filter(({ call }) => ["put", "insert", "update", "delete"].includes(call));
  const walks = definitions.map((definition) => walksOn(definition, keys, writes));
  const iterations = definitions.map((definition) => iterationsOn(definition, keys));
  return fc.oneof(
    { arbitrary: one, weight: 80 },
    { arbitrary: fc.oneof(...iterations), weight: 3 },
    { arbitrary: fc.oneof(...walks), weight: 4 },
    { arbitrary: transactionsOf(one), weight: 6 },
    { arbitrary: burstsOf(one), weight: 3 },
    { arbitrary: moments, weight: 4 },
    { arbitrary: fc.constant<Command>({ call: "info" }), weight: 2 },
    { arbitrary: fc.constant<Command>({ call: "reopen" }), weight: 2 },
  );
}

/** Sequences of up to `length` commands. The setting is not shrunk, the commands are. */
export function sequences(length: number): Arbitrary<ModelSequence> {
  return fc
    .noShrink(settings)
    .chain((setting) =>
      fc
        .array(commandsIn(setting), { minLength: 1, maxLength: length, size: "max" })
        .map((commands) => ({ ...setting, commands })),
    );
}
