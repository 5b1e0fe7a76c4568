import {
  defineCollection,
  driverOf,
  memoryBackend,
  memoryControl,
  replicaOf,
  text,
  timestamp,
} from "@cutover/core";
import { expect, it } from "vitest";
import { UnitDrain } from "../../src/drain/unit-drain.ts";
import { targetsOf } from "../../src/write/write-targets.ts";
import { contentOf } from "./equal-stores.ts";

it("what a writer removed on the way, and died before it could tell, is removed at the mirror", async () => {
  const collection = defineCollection<{ owner: string; until: number }>({
    name: "seats",
    fields: { owner: text(), until: timestamp({ as: "epoch-ms" }) },
    unique: ["owner"],
    expiry: "until",
  });
  const source = memoryBackend({ clock: () => 100 });
  const mirror = memoryBackend();
  const control = memoryControl();
  await control.open();
  for (const store of [source, mirror])
    await store.collection(collection).put("late", { owner: "x", until: 50 });

  // The put evicts the expired owner of "x"; then its writer dies, and the record itself goes, too.
  const write = {
    type: "put",
    collection,
    key: "new",
    value: { owner: "x", until: 500 },
    insert: false,
    ifVersion: undefined,
  } as const;
  const removal = { type: "delete", collection, key: "new", ifVersion: undefined } as const;
  await control.mark("unit", targetsOf([write]));
  await control.mark("unit", targetsOf([removal]));
  const context = { nowMs: 100, signal: undefined, timeoutMs: 1000 };
  await driverOf(source).write([write], context);
  await driverOf(source).write([removal], context);

  await control.settleOrphans("unit");
  const drain = new UnitDrain(
    { control, replicas: { old: replicaOf(source), new: replicaOf(mirror) } },
    { name: "unit", collections: [collection] },
  );
  for (let round = 0; round < 5; round++) await drain.round({ mirror: "new", reconciles: true });
  expect(await contentOf(mirror, collection)).toEqual(await contentOf(source, collection));
});
