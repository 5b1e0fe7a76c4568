import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { Client } from "pg";
import { expect, test } from "vitest";

const isOurs = process.env["CUTOVER_TEST_POSTGRES_URL"] === undefined;

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

describePostgres("a Postgres for tests", () => {
  test("is one server for all who ask, with a database for each", async () => {
    const [one, two] = [await startPostgres(), await startPostgres()];
    expect(one.url).toBe(two.url);
    await using left = await one.database();
    await using right = await two.database();
    await left.query("CREATE TABLE t (a int)");
    await right.query("CREATE TABLE t (a text)");
    expect(await left.query("SELECT count(*)::int AS n FROM t")).toEqual([{ n: 0 }]);
  });

  test("compares text by bytes, or by a language where that is asked for", async () => {
    const server = await startPostgres();
    await using bytes = await server.database();
    await using language = await server.database({ order: "language" });
    expect(await bytes.query("SELECT 'a' < 'B' AS less")).toEqual([{ less: false }]);
    expect(await language.query("SELECT 'a' < 'B' AS less")).toEqual([{ less: true }]);
  });

  test("a database is gone once it is dropped, whoever is connected to it", async () => {
    const server = await startPostgres();
    const database = await server.database();
    await database.drop();
    expect(await answers(database.url)).toBe(false);
  });

  test.runIf(isOurs)("waits for the disk where that is asked for", async () => {
    await using quick = await (await startPostgres()).database();
    await using durable = await (await startPostgres({ durable: true })).database();
    expect(await quick.query("SHOW fsync")).toEqual([{ fsync: "off" }]);
    expect(await durable.query("SHOW fsync")).toEqual([{ fsync: "on" }]);
  });
});
