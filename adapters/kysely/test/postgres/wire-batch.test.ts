import { describePostgres } from "@cutover/test-postgres/vitest";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import { step, type Step } from "../../src/postgres/link.ts";
import type { PoolConnections } from "../../src/postgres/pool-connections.ts";
import { ownPool } from "../../src/postgres/pool-options.ts";
import { statement } from "../../src/sql/statement.ts";

const insert = statement("INSERT INTO public.numbers VALUES (?)");
const list = statement("SELECT n FROM public.numbers ORDER BY n");

const impossible: Step = {
  statement: insert,
  get parameters(): never {
    throw new RangeError("too long");
  },
};

describePostgres("statements sent together", () => {
  let database: TestDatabase;
  let connections: PoolConnections;
  beforeAll(async () => {
    database = await (await startPostgres()).database();
    await database.query("CREATE TABLE numbers (n integer)");
    connections = ownPool(database.url, { readOnly: false });
  });
  afterAll(async () => {
    await connections.close();
    await database.drop();
  });

  it("all come to nothing where one of them cannot be written down", async () => {
    const link = await connections.lease();
    const before = Array.from({ length: 3000 }, (_, n) => step(insert, [n]));
    await expect(link.send([...before, impossible])).rejects.toThrow("too long");
    const [none] = await link.send([step(list)]);
    expect(none?.rows).toEqual([]);
    await link.send([step(insert, [1])]);
    const [one] = await link.send([step(list)]);
    expect(one?.rows).toEqual([[1]]);
    link.release(false);
  });
});
