import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, test } from "vitest";
import { Connector } from "../../src/postgres-control/connector.ts";
import { ownConnections } from "../../src/postgres-control/connection-source.ts";
import type { ControlConnection } from "../../src/postgres-control/control-connection.ts";
import { ExclusiveHoldings } from "../../src/postgres-control/exclusive-holdings.ts";
import { Fence } from "../../src/postgres-control/fence.ts";
import { lockKey } from "../../src/postgres-control/lock-key.ts";
import { Transactions } from "../../src/postgres-control/transact.ts";
import { LockConnections } from "../../src/postgres-control/lock-connections.ts";

describePostgres("a transaction under a lock that the server knows nothing of any more", () => {
  // Both signs: half of all numbers are negative, and the server shows a number in two halves.
  const names = Array.from({ length: 8 }, (_, index) => `lock ${index}`);

  test("comes to nothing", async () => {
    await using database = await (await startPostgres()).database();
    await database.query("CREATE TABLE t (a int)");
    const connector = new Connector(ownConnections(database.url, "here"), "here");
    const held = new ExclusiveHoldings(new Fence("here"));
    const connections = new LockConnections(connector, "SELECT pg_advisory_unlock_all()");
    const transactions = new Transactions(held, connections);
    const insert = (): Promise<void> =>
      transactions.run((connection) => connection.script("INSERT INTO t VALUES (1)"));
    const rows = async (): Promise<unknown> =>
      (await database.query("SELECT count(*)::int AS n FROM t"))[0]?.["n"];
    const locked: ControlConnection[] = [];
    for (const name of names) {
      const connection = await connector.open("durable");
      await connection.script(`SELECT pg_advisory_lock(${lockKey(name)})`);
      held.enter(connection, lockKey(name));
      locked.push(connection);
    }
    await insert();
    expect(await rows()).toBe(1);
    await locked[3]?.script("SELECT pg_advisory_unlock_all()");
    await expect(insert()).rejects.toMatchObject({ code: "LOCK_LOST" });
    expect(await rows()).toBe(1);
    await Promise.all([...locked.map((connection) => connection.end()), connections.close()]);
  });
});

describePostgres("a lock that is given back while the server is asked for it", () => {
  test("is none that was lost", async () => {
    await using database = await (await startPostgres()).database();
    const connector = new Connector(ownConnections(database.url, "here"), "here");
    const held = new ExclusiveHoldings(new Fence("here"));
    const connection = await connector.open("durable");
    await connection.script(`SELECT pg_advisory_lock(${lockKey("kept")})`);
    held.enter(connection, lockKey("kept"));
    // The server knows nothing of this one.
    const leave = held.enter(connection, lockKey("given back"));
    await expect(held.confirm(connection)).rejects.toMatchObject({ code: "LOCK_LOST" });
    const confirmed = held.confirm(connection);
    leave();
    await expect(confirmed).resolves.toBeUndefined();
    await connection.end();
  });
});
