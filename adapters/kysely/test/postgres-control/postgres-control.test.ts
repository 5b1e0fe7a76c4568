import type { ControlStore } from "@cutover/core";
import { postgresControl } from "@cutover/kysely/postgres-control";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { Pool } from "pg";
import { expect, test } from "vitest";
import { testedEngines } from "../postgres/tested-engines.ts";
import { TestControl } from "./open-control.ts";

const durability = "process-crash";
const patient = { timeoutMs: 20_000 };
const isOurs = process.env["CUTOVER_TEST_POSTGRES_URL"] === undefined;

async function refusal(control: ControlStore): Promise<unknown> {
  try {
    await control.open();
  } catch (error) {
    return error;
  } finally {
    await control.close();
  }
  throw new Error("it was opened");
}

describePostgres("opening a control store in Postgres", () => {
  test("is refused where another engine was named than is there", async () => {
    await using made = await TestControl.make();
    const connectionString = made.database.url;
    const error = await refusal(
      postgresControl({ connectionString, durability, engine: "cockroachdb" }),
    );
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/engine = PostgreSQL.*says CockroachDB/),
    });
  });

  test.each(testedEngines)(
    "eight processes that open one that is not there make one, %s",
    async (_, engine) => {
      await using made = await TestControl.make(engine);
      const controls = await Promise.all(Array.from({ length: 8 }, () => made.open()));
      expect(new Set(controls.map((control) => control.incarnation())).size).toBe(1);
      await controls[0]?.commit([{ name: "r", revision: 0, value: 1 }], []);
      for (const control of controls) expect(await control.generation()).toBe(2);
    },
  );

  test("a schema that exists and is empty is taken, one with other tables is refused", async () => {
    await using made = await TestControl.make();
    await made.database.query("CREATE SCHEMA taken; CREATE SCHEMA empty; CREATE TABLE taken.a ()");
    const connectionString = made.database.url;
    const taken = postgresControl({ connectionString, durability, schema: "taken" });
    expect(await refusal(taken)).toMatchObject({ code: "CONFIG_INVALID" });
    expect(await made.database.query("SELECT count(*)::int AS n FROM taken.a")).toEqual([{ n: 0 }]);
    await using empty = postgresControl({ connectionString, durability, schema: "empty" });
    await empty.open();
    expect(await empty.records()).toEqual([]);
  });

  test("without leave to make one, nothing is made where there is none, and one that is there is used", async () => {
    await using made = await TestControl.make();
    await made.database.query("CREATE SCHEMA empty");
    const connectionString = made.database.url;
    const open = async (schema: string): Promise<unknown> => {
      const options = { connectionString, durability, schema, mayCreate: false } as const;
      await using control = postgresControl(options);
      await control.open();
      return control.incarnation();
    };
    for (const schema of ["cutover_control", "empty"])
      await expect(open(schema)).rejects.toMatchObject({
        code: "SCHEMA_OUTDATED",
        message: expect.stringContaining(`schema ${schema}: there is no control store`),
      });
    const look =
      "SELECT nspname, (SELECT count(*)::int FROM pg_class WHERE relnamespace = made.oid) AS n " +
      "FROM pg_namespace AS made WHERE nspname IN ('cutover_control', 'empty')";
    expect(await made.database.query(look)).toEqual([{ nspname: "empty", n: 0 }]);
    const control = await made.open();
    expect(await open("cutover_control")).toBe(control.incarnation());
  });

  test("one of a newer layout is refused with FORMAT_TOO_NEW", async () => {
    await using made = await TestControl.make();
    await made.open();
    await made.database.query("UPDATE cutover_control.state SET layout = 2");
    await expect(made.open()).rejects.toMatchObject({ code: "FORMAT_TOO_NEW" });
  });

  test("a name that is none is refused before anything is connected to", () => {
    for (const schema of ["", "Big", "a b", 'a"b', "1a", "a".repeat(64)]) {
      const connectionString = "postgres://127.0.0.1:1/none";
      expect(() => postgresControl({ connectionString, schema })).toThrow(/schema/);
    }
  });

  test.runIf(isOurs)(
    "a server that may forget what it acknowledged is refused unless that was said",
    async () => {
      await using quick = await (await startPostgres()).database();
      const error = await refusal(postgresControl({ connectionString: quick.url }));
      expect(error).toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringContaining("fsync"),
      });
      await using durable = await (await startPostgres({ durable: true })).database();
      await using control = postgresControl({ connectionString: durable.url });
      await control.open();
      expect(await control.records()).toEqual([]);
    },
  );

  test("who cannot be reached, or does not let us in, is told without the password", async () => {
    const url = new URL((await startPostgres()).url);
    url.password = "a-wrong-one";
    const wrong = await refusal(postgresControl({ connectionString: url.href }));
    expect(wrong).toMatchObject({ code: "CONFIG_INVALID" });
    expect(String(wrong)).not.toMatch(/a-wrong-one/);
    const nobody = await refusal(
      postgresControl({ connectionString: "postgres://me:secret@127.0.0.1:1/none" }),
    );
    expect(nobody).toMatchObject({ code: "CONNECTION_LOST" });
    expect(String(nobody)).not.toMatch(/secret/);
    url.pathname = "/there_is_no_such_database";
    url.password = new URL((await startPostgres()).url).password;
    const missing = await refusal(postgresControl({ connectionString: url.href }));
    expect(missing).toMatchObject({ code: "CONFIG_INVALID" });
  });
});

describePostgres("a control store in Postgres", () => {
  test("lies in a pool's connections, which stay the user's", async () => {
    await using made = await TestControl.make();
    const pool = new Pool({ connectionString: made.database.url, max: 8 });
    try {
      const control = postgresControl({ pool, durability });
      await control.open();
      const held = await control.lock("l", "exclusive", patient);
      await control.commit([{ name: "r", revision: 0, value: 1 }], []);
      await control.mark("u", [{ collection: "c", key: "k" }]);
      expect(await control.generation()).toBe(2);
      held.release();
      await control.close();
      const { rows } = await pool.query("SHOW synchronous_commit");
      expect(rows).toEqual([{ synchronous_commit: "on" }]);
      const another = await made.open();
      (await another.lock("l", "exclusive", { timeoutMs: 0 })).release();
    } finally {
      await pool.end();
    }
  });

  test("a pool that has no connection to spare keeps nobody waiting for a lock past the deadline", async () => {
    await using made = await TestControl.make();
    const tooSmall = new Pool({ connectionString: made.database.url, max: 5 });
    expect(() => postgresControl({ pool: tooSmall })).toThrow(/room for 6/);
    await tooSmall.end();
    const pool = new Pool({ connectionString: made.database.url, max: 6 });
    try {
      const [control, other] = [postgresControl({ pool, durability }), await made.open()];
      await control.open();
      await control.generation();
      await control.mark("u", [{ collection: "c", key: "k" }]);
      const held = await other.lock("l", "exclusive", patient);
      const used = [await pool.connect(), await pool.connect(), await pool.connect()];
      const shared = control.lock("l", "shared", { timeoutMs: 30 });
      await expect(shared).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
      for (const client of used) client.release();
      held.release();
      (await control.lock("l", "shared", patient)).release();
      await control.close();
    } finally {
      await pool.end();
    }
  });

  test.each(testedEngines)(
    "a stream of 32 that share never keeps somebody from the exclusive lock, %s",
    async (_, engine) => {
      await using made = await TestControl.make(engine);
      const control = await made.open();
      const others = await Promise.all(Array.from({ length: 16 }, () => made.open()));
      const seen = { isTaken: false, shared: 0 };
      const stream = async (other: ControlStore): Promise<void> => {
        while (!seen.isTaken) {
          const lock = await other.lock("l", "shared", patient);
          seen.shared++;
          lock.release();
        }
      };
      const streams = others.flatMap((other) => [stream(other), stream(other)]);
      for (let time = 0; time < 3; time++) {
        const before = seen.shared;
        (await control.lock("l", "exclusive", patient)).release();
        // The others go on before it is taken again.
        const enough = before + 50;
        while (seen.shared < enough) await control.generation();
      }
      seen.isTaken = true;
      await Promise.all(streams);
      expect(seen.shared).toBeGreaterThanOrEqual(150);
    },
  );

  const uses: Readonly<Record<string, (control: ControlStore) => Promise<unknown>>> = {
    lock: (control) => control.lock("l", "shared", { timeoutMs: 0 }),
    mark: (control) => control.mark("u", [{ collection: "c", key: "k" }]),
    commit: (control) => control.commit([], []),
    generation: async (control) => control.generation(),
  };

  test.each(testedEngines)("that is dropped while it is open says so, %s", async (_, engine) => {
    await using made = await TestControl.make(engine);
    const control = await made.open();
    for (const use of Object.values(uses).slice(1)) await use(control);
    await made.database.query("DROP SCHEMA cutover_control CASCADE");
    for (const use of Object.values(uses)) {
      await expect(use(control)).rejects.toMatchObject({
        code: "IO_FAILED",
        message: expect.stringMatching(/deleted or replaced while in use.*cutover doctor/s),
      });
    }
  });

  test.each(testedEngines)(
    "that is replaced by another while it is open says so, %s",
    async (_, engine) => {
      await using made = await TestControl.make(engine);
      const control = await made.open();
      for (const use of Object.values(uses).slice(1)) await use(control);
      await made.database.query("ALTER SCHEMA cutover_control RENAME TO aside");
      await made.open();
      for (const use of Object.values(uses)) {
        await expect(use(control)).rejects.toMatchObject({
          code: "IO_FAILED",
          message: expect.stringContaining("replaced while in use"),
        });
      }
    },
  );

  test("a record that was changed to something else is CORRUPT_DATA naming it", async () => {
    await using made = await TestControl.make();
    const control = await made.open();
    await control.commit([{ name: "r", revision: 0, value: 1 }], []);
    await made.database.query("UPDATE cutover_control.records SET value = '{'");
    await expect(async () => control.records()).rejects.toMatchObject({
      code: "CORRUPT_DATA",
      message: expect.stringContaining('the record "r"'),
    });
  });

  test("counts its bytes, and is backed up with its database", async () => {
    await using made = await TestControl.make();
    const control = await made.open();
    expect(await control.sizeBytes()).toBeGreaterThan(0);
    await expect(control.backup("/nowhere")).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
  });
});
