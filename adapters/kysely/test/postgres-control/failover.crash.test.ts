import { ownConnections } from "../../src/postgres-control/connection-source.ts";
import { Connector } from "../../src/postgres-control/connector.ts";
import { postgresControl } from "@cutover/kysely/postgres-control";
import { startCluster, startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, test } from "vitest";

const isOurs = process.env["CUTOVER_TEST_POSTGRES_URL"] === undefined;
const target = { collection: "c", key: "k" };
const patient = { timeoutMs: 20_000 };

describePostgres("a control store in Postgres whose server changes", () => {
  test.runIf(isOurs)("goes on at the standby with everything it was told is durable", async () => {
    await using cluster = await startCluster();
    await using control = postgresControl({ connectionString: cluster.url });
    await control.open();
    await control.commit([{ name: "r", revision: 0, value: "before" }], []);
    const mark = await control.mark("u", [target]);
    const held = await control.lock("l", "shared", patient);
    cluster.killPrimary();
    cluster.promote();
    // Whatever is done under the lock was decided before.
    const settled = control.settle("u", { mark, targets: [target], moved: [] });
    await expect(settled).rejects.toMatchObject({ code: "LOCK_LOST" });
    held.release();
    expect(await control.records()).toMatchObject([{ name: "r", revision: 1, value: "before" }]);
    expect(await control.count("u")).toMatchObject({ keys: 1, writing: 1 });
    (await control.lock("l", "exclusive", patient)).release();
    expect(await control.mark("u", [target])).toBeGreaterThan(mark);
    await control.commit([{ name: "r", revision: 1, value: "after" }], []);
    expect(await control.generation()).toBe(3);
  });

  test.runIf(isOurs)("does not listen to a standby", async () => {
    await using cluster = await startCluster();
    await using control = postgresControl({ connectionString: cluster.standbyUrl });
    await expect(control.open()).rejects.toMatchObject({
      code: "CONNECTION_LOST",
      message: expect.stringContaining("standby"),
    });
  });

  test.runIf(isOurs)("gives up every connection to the server before", async () => {
    const [one, other] = [await startPostgres(), await startPostgres({ durable: true })];
    const sources = [one.url, one.url].map((url) => ownConnections(url, "here"));
    const connector = new Connector(
      { open: async () => (sources.shift() ?? ownConnections(other.url, "here")).open() },
      "here",
    );
    const before = [await connector.open("quick"), await connector.open("durable")];
    let lost = 0;
    for (const connection of before) connection.onLost(() => lost++);
    expect(before.map(({ isAlive }) => isAlive)).toEqual([true, true]);
    const after = await connector.open("quick");
    expect(lost).toBe(2);
    expect(before.map(({ isAlive }) => isAlive)).toEqual([false, false]);
    const another = await connector.open("durable");
    expect(after.isAlive).toBe(true);
    await Promise.all([...before, after, another].map((connection) => connection.end()));
  });
});
