import {
  defineCollection,
  integer,
  isStorageError,
  text,
  type StorageBackend,
} from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestStores } from "./test-store.ts";
import { testedEngines } from "./tested-engines.ts";

const items = defineCollection({ name: "items", fields: { n: integer() } });
const unique = defineCollection({ name: "named", fields: { name: text() }, unique: ["name"] });
const collections = [items, unique];

/** When a transaction is given up: by the statement that writes, or by the commit behind it. */
const moments = { statement: "", commit: "DEFERRABLE INITIALLY DEFERRED" } as const;

type Work = (store: StorageBackend) => Promise<unknown>;

/** What writes to `items`, each on another way through the adapter. */
const writes: Readonly<Record<string, Work>> = {
  "a put": (store) => store.collection(items).put("k", { n: 1 }),
  "a batch": (store) =>
    store.collection(items).putMany([
      ["k", { n: 1 }],
      ["l", { n: 2 }],
    ]),
  "an update": (store) => store.collection(items).update("k", () => ({ n: 1 })),
  "a replacement of everything": (store) => store.collection(items).replaceAll([["k", { n: 1 }]]),
  "puts that share a transaction": (store) =>
    Promise.all([
      store.collection(items).put("k", { n: 1 }),
      store.collection(items).put("l", { n: 2 }),
    ]),
  "a transaction": (store) =>
    store.transaction(async (tx) => {
      const before = await tx.collection(items).get("k");
      await tx.collection(items).put("k", { n: Number(Object(before).n ?? 0) + 1 });
    }),
  "a batch over what is unique": (store) =>
    store.transaction(async (tx) => {
      await tx.collection(unique).putMany([
        ["a", { name: "a" }],
        ["b", { name: "b" }],
      ]);
      await tx.collection(items).put("k", { n: 1 });
    }),
};

describePostgres("a transaction that the server gives up with 40001", () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await TestStores.begin();
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  /** The first so many transactions that change `items` fail, and are counted all the same. */
  async function giveUp(schema: string, times: number, when: keyof typeof moments): Promise<void> {
    const level = when === "commit" ? "CONSTRAINT" : "";
    await stores.database.query(`
      CREATE SEQUENCE ${schema}.attempts;
      CREATE FUNCTION ${schema}.give_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('${schema}.attempts') <= ${times} THEN
          RAISE EXCEPTION 'restart transaction' USING ERRCODE = '40001';
        END IF;
        RETURN NULL;
      END $$;
      CREATE ${level} TRIGGER give_up AFTER INSERT OR UPDATE ON ${schema}.items ${moments[when]}
        FOR EACH ROW EXECUTE FUNCTION ${schema}.give_up()`);
  }

  async function attempts(schema: string): Promise<number> {
    const [row] = await stores.database.query(
      `SELECT last_value::int AS n FROM ${schema}.attempts`,
    );
    return Number(row?.["n"]);
  }

  describe.each(testedEngines)("%s", (_, engine) => {
    describe.each(["statement", "commit"] as const)("at the %s", (when) => {
      it.each(Object.entries(writes))(
        "is run again from its beginning: %s",
        async (_name, write) => {
          const schema = stores.nextSchema();
          const store = stores.open(collections, { schema, engine });
          await store.collection(items).count();
          await giveUp(schema, 3, when);
          await write(store);
          expect(await attempts(schema)).toBeGreaterThan(3);
          expect(await store.collection(items).get("k")).toEqual({ n: 1 });
        },
      );

      it("is given up by the caller's deadline, and nothing of it is there", async () => {
        const schema = stores.nextSchema();
        const store = stores.open(collections, { schema, engine, lockTimeoutMs: 300 });
        await store.collection(items).count();
        await giveUp(schema, 1_000_000, when);
        for (const write of [
          (): Promise<unknown> => store.collection(items).put("k", { n: 1 }),
          (): Promise<unknown> =>
            store.transaction((tx) => tx.collection(items).put("k", { n: 1 }), { timeoutMs: 300 }),
        ]) {
          const error: unknown = await write().then(
            () => undefined,
            (reason: unknown) => reason,
          );
          expect(isStorageError(error) && error.code).toMatch(/^LOCK_(TIMEOUT|LOST)$/);
        }
        expect(await attempts(schema)).toBeGreaterThan(2);
        expect(await store.collection(items).count()).toBe(0);
      });
    });
  });
});
