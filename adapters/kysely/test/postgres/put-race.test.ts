import { defineCollection, integer } from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestStores } from "./test-store.ts";

const items = defineCollection({ name: "items", fields: { n: integer() } });

describePostgres("a put that has looked for its record, and not yet written it", () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await TestStores.begin();
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  /** Holds up every change of `items` that has seen what is there. @returns what lets it go on */
  async function holdUp(schema: string): Promise<() => Promise<unknown>> {
    const { database } = stores;
    await database.query(`
      CREATE TABLE ${schema}.gate (closed boolean);
      INSERT INTO ${schema}.gate VALUES (true);
      CREATE FUNCTION ${schema}.hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        WHILE (SELECT closed FROM ${schema}.gate) LOOP PERFORM pg_sleep(0.005); END LOOP;
        RETURN NULL;
      END $$;
      CREATE TRIGGER hold_up BEFORE UPDATE ON ${schema}.items
        FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.hold_up()`);
    return () => database.query(`UPDATE ${schema}.gate SET closed = false`);
  }

  async function whenHeldUp(): Promise<void> {
    const asked = `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE wait_event = 'PgSleep'
      AND datname = current_database()`;
    for (;;) {
      const [row] = await stores.database.query(asked);
      if (row?.["n"] === 1) return;
    }
  }

  it("comes behind an insert that meanwhile found nothing", async () => {
    const schema = stores.nextSchema();
    const collection = stores.open([items], { schema }).collection(items);
    const other = stores.open([items], { schema }).collection(items);
    // Afterwards each of them knows the table, and takes its shortest way.
    for (const one of [collection, other]) await one.put("k", { n: 0 });
    await collection.delete("k");
    const letGo = await holdUp(schema);
    const putting = collection.put("k", { n: 2 });
    try {
      await whenHeldUp();
      await other.insert("k", { n: 1 });
    } finally {
      await letGo();
    }
    await putting;
    expect(await collection.get("k")).toEqual({ n: 2 });
  });
});
