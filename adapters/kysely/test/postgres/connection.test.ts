import { defineCollection, isStorageError, text, type ErrorCode } from "@cutover/core";
import { checkPostgres, postgresBackend } from "@cutover/kysely/postgres";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/postgres/engine.ts";
import { Network } from "./network.ts";
import { TestStores } from "./test-store.ts";
import { testedEngines } from "./tested-engines.ts";

const notes = defineCollection({ name: "notes", fields: { title: text() } });
const others = defineCollection({ name: "others" });

async function codeOf(call: Promise<unknown>): Promise<ErrorCode | "none"> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isStorageError(error) ? error.code : "none";
}

const endAll =
  "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'cutover' AND datname = current_database()";

describePostgres("connections to a real server", () => {
  describe.each(testedEngines)("%s", (_, engine) => {
    connectionsWith(engine);
  });
});

// Hooks and tests of the block that calls it.
/* oxlint-disable vitest/require-top-level-describe */
function connectionsWith(engine: Engine): void {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await TestStores.begin({}, engine);
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  it("that are ended between calls are replaced, by reads and by writes", async () => {
    const backend = stores.open([notes]);
    const collection = backend.collection(notes);
    await collection.put("a", { title: "zero" });
    await stores.database.query(endAll);
    await backend.transaction((tx) => tx.collection(notes).put("a", { title: "one" }));
    await stores.database.query(endAll);
    await collection.put("b", { title: "two" });
    await Promise.all(["a", "b", "a", "b"].map((key) => collection.get(key)));
    await stores.database.query(endAll);
    const found = await Promise.all(["a", "b", "a", "b"].map((key) => collection.get(key)));
    expect(found).toEqual(["one", "two", "one", "two"].map((title) => ({ title })));
  });

  it("that end inside a transaction end it with CONNECTION_LOST, and nothing is changed", async () => {
    const backend = stores.open([notes]);
    await backend.collection(notes).put("a", { title: "before" });
    const lost = backend.transaction(async (tx) => {
      await tx.collection(notes).put("a", { title: "inside" });
      await stores.database.query(endAll);
      await tx.collection(notes).put("b", { title: "inside" });
    });
    expect(await codeOf(lost)).toBe("CONNECTION_LOST");
    expect(await backend.collection(notes).find()).toEqual([
      { key: "a", value: { title: "before" } },
    ]);
  });

  it("need one round trip for a read or a write, however many write, and two for an update", async () => {
    await using network = await Network.before(stores.database.url);
    const schema = stores.nextSchema();
    // Making tables may take long, and whoever waits long says so to others.
    await stores.open([notes], { schema }).collection(notes).put("a", { title: "one" });
    const backend = stores.open([notes], { schema, url: network.url });
    const collection = backend.collection(notes);
    expect(await collection.count()).toBe(1);
    const trips = async (call: () => Promise<unknown>): Promise<number> => {
      const before = network.roundTrips;
      await call();
      return network.roundTrips - before;
    };
    expect(await trips(() => collection.get("a"))).toBe(1);
    expect(await trips(() => collection.getMany(["a", "b"]))).toBe(1);
    expect(await trips(() => collection.find({ where: { title: "one" } }))).toBe(1);
    expect(await trips(() => collection.put("b", { title: "two" }))).toBe(1);
    expect(await trips(() => collection.insert("c", { title: "three" }))).toBe(1);
    expect(await trips(() => collection.delete("c"))).toBe(1);
    expect(await trips(() => collection.update("b", () => ({ title: "four" })))).toBe(2);
    const many = Array.from({ length: 900 }, (_, index) => `k${index}`);
    expect(await trips(() => collection.putMany(many.map((key) => [key, {}])))).toBe(1);
    const puts = (): Promise<unknown> =>
      Promise.all(many.map((key) => collection.put(key, { title: key })));
    expect(await trips(puts)).toBe(1);
    const transaction = (): Promise<unknown> =>
      backend.transaction(async (tx) => {
        await tx.collection(notes).get("a");
        await tx.collection(notes).put("a", {});
      });
    expect(await trips(transaction)).toBe(3);
  });

  it("that are lost before a write has arrived have it sent again, once", async () => {
    await using network = await Network.before(stores.database.url);
    const collection = stores.open([notes], { url: network.url }).collection(notes);
    await collection.put("a", { title: "one" });
    network.next("request lost");
    await collection.insert("b", { title: "two" });
    network.next("request lost");
    expect(await collection.delete("a")).toBe(true);
    expect(await collection.count()).toBe(1);
  });

  it("that are lost after a write was carried out do not have it done again", async () => {
    await using network = await Network.before(stores.database.url);
    const backend = stores.open([notes], { url: network.url });
    const collection = backend.collection(notes);
    await collection.put("a", { title: "one" });
    network.next("answer lost");
    await collection.put("b", { title: "two" });
    expect(await collection.get("b")).toEqual({ title: "two" });
    let runs = 0;
    await backend.transaction(async (tx) => {
      runs++;
      await tx.collection(notes).put("c", { title: "three" });
      network.next("answer lost");
    });
    expect(runs).toBe(1);
    expect(await collection.count()).toBe(3);
    // What it found is lost with the answer.
    network.next("answer lost");
    expect(await codeOf(collection.delete("c"))).toBe("COMMIT_UNKNOWN");
    expect(await collection.count()).toBe(2);
  });

  it("that are lost have nothing done by what arrives too late", async () => {
    await using network = await Network.before(stores.database.url);
    const collection = stores.open([notes], { url: network.url }).collection(notes);
    await collection.put("a", { title: "one" });
    network.next("request late");
    await collection.put("a", { title: "two" });
    await collection.put("a", { title: "three" });
    expect(await network.deliver()).toMatch(/CU002|2201F/);
    expect(await collection.get("a")).toEqual({ title: "three" });
    await collection.put("a", { title: "four" });
    expect(await collection.get("a")).toEqual({ title: "four" });
  });

  it("that are lost during a commit, with the server, leave COMMIT_UNKNOWN", async () => {
    await using network = await Network.before(stores.database.url);
    const backend = stores.open([notes], { url: network.url });
    await backend.collection(notes).put("a", { title: "one" });
    network.next("answer lost");
    network.down = true;
    expect(await codeOf(backend.collection(notes).put("b", { title: "two" }))).toBe(
      "COMMIT_UNKNOWN",
    );
    expect(await codeOf(backend.collection(notes).put("c", {}))).toBe("CONNECTION_LOST");
    expect(await codeOf(backend.collection(notes).get("a"))).toBe("CONNECTION_LOST");
    network.down = false;
    expect(await backend.collection(notes).count()).toBe(2);
  });

  it("of transactions that wait for each other end one of them, whose work runs again", async () => {
    const schema = stores.nextSchema();
    const [left, right] = [0, 1].map(() => stores.open([notes, others], { schema }));
    if (left === undefined || right === undefined) throw new Error("two stores");
    await left.collection(notes).put("n", 0);
    await left.collection(others).put("n", 0);
    const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    let runs = 0;
    const cross = async (mine: 0 | 1): Promise<void> => {
      const [first, second] = mine === 0 ? [notes, others] : [others, notes];
      await (mine === 0 ? left : right).transaction(async (tx) => {
        runs++;
        await tx.collection(first).update("n", (n) => Number(n) + 1);
        both[mine].resolve();
        await both[1 - mine]?.promise;
        await tx.collection(second).update("n", (n) => Number(n) + 1);
      });
    };
    await Promise.all([cross(0), cross(1)]);
    // Rows that are free are given to newcomers, too: the two may meet once more.
    expect(engine.capabilities.advisoryLocks ? runs : Math.min(runs, 3)).toBe(3);
    expect(await left.collection(notes).get("n")).toBe(2);
    expect(await left.collection(others).get("n")).toBe(2);
  });
}
/* oxlint-enable vitest/require-top-level-describe */

describePostgres("a server that cannot be used", () => {
  it("is named in an error that holds no password", async () => {
    const { url } = await startPostgres();
    const cases: readonly (readonly [(address: URL) => void, ErrorCode])[] = [
      [(address) => (address.port = "1"), "CONNECTION_LOST"],
      [(address) => (address.hostname = "no-such-host.invalid"), "CONNECTION_LOST"],
      [(address) => (address.password = "s3cr3t-wrong"), "CONFIG_INVALID"],
      [(address) => (address.pathname = "/no_such_database"), "CONFIG_INVALID"],
    ];
    for (const [change, code] of cases) {
      const address = new URL(url);
      change(address);
      const backend = postgresBackend({
        connectionString: address.href,
        durability: "process-crash",
      });
      const error: unknown = await backend
        .collection(notes)
        .get("a")
        .catch((it: unknown) => it);
      await backend.close();
      expect([String(error), isStorageError(error) && error.code]).toContain(code);
      expect(String(error)).toContain(address.host);
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(
        /s3cr3t|password:/,
      );
      expect(String(error)).not.toContain(decodeURIComponent(address.password));
    }
  });

  it("is refused where the user may make no schema", async () => {
    await using stores = await TestStores.begin();
    const { database } = stores;
    const role = `${database.name}_reader`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pw-of-reader'`);
    try {
      const address = new URL(database.url);
      address.username = role;
      address.password = "pw-of-reader";
      const collection = stores.open([notes], { url: address.href }).collection(notes);
      const error: unknown = await collection.put("a", {}).catch((it: unknown) => it);
      expect([String(error), isStorageError(error) && error.code]).toContain("CONFIG_INVALID");
      expect(String(error)).toMatch(/permission/);
    } finally {
      await database.query(`DROP ROLE ${role}`);
    }
  });

  it("is refused where it does not wait for its disk, unless that was asked for", async () => {
    const quick = await startPostgres();
    const backend = postgresBackend({ connectionString: quick.url });
    const error: unknown = await backend
      .collection(notes)
      .get("a")
      .catch((it: unknown) => it);
    await backend.close();
    expect(isStorageError(error) && error.code).toBe("CONFIG_INVALID");
    expect(String(error)).toMatch(/fsync = off/);
    const { problems } = await checkPostgres({ connectionString: quick.url });
    expect(problems.map(({ setting }) => setting)).toContain("fsync");
    expect(problems.every(({ durability }) => durability)).toBe(true);
  });
});

describePostgres("a server that waits for its disk", () => {
  it("is used, and promises that writes survive a power cut", async () => {
    const server = await startPostgres({ durable: true });
    await using database = await server.database();
    const options = { connectionString: database.url };
    expect((await checkPostgres(options)).problems).toEqual([]);
    const backend = postgresBackend(options);
    expect(backend.capabilities.durability).toBe("power-loss");
    await backend.collection(notes).put("a", { title: "one" });
    expect(await backend.collection(notes).get("a")).toEqual({ title: "one" });
    await backend.close();
  });
});
