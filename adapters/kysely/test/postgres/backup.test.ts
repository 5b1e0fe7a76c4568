import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection, isStorageError, timestamp, type ErrorCode } from "@cutover/core";
import { restorePostgres } from "@cutover/kysely/postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { models } from "../models.ts";
import { TestStores } from "./test-store.ts";

const newest = defineCollection({ name: "newest", order: "prepend" });
const sessions = defineCollection({
  name: "sessions",
  fields: { until: timestamp({ as: "epoch-ms" }) },
  expiry: "until",
});
const empty = defineCollection({ name: "emptied" });

async function codeOf(call: Promise<unknown>): Promise<ErrorCode | "none"> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isStorageError(error) ? error.code : "none";
}

describePostgres("a backup of a schema on a real server", () => {
  let stores: TestStores;
  let folder: string;
  beforeAll(async () => {
    stores = await TestStores.begin();
    folder = mkdtempSync(join(tmpdir(), "cutover-postgres-backup-"));
  });
  afterAll(async () => {
    await stores[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const target = (schema: string): Parameters<typeof restorePostgres>[0]["to"] => ({
    connectionString: stores.database.url,
    schema,
    durability: "process-crash",
  });

  it("holds collections that this program does not know, places and what has expired", async () => {
    const schema = stores.nextSchema();
    const collections = [models, newest, sessions, empty];
    const first = stores.open(collections, { schema });
    await first.collection(models).put("m", { title: "One", tags: [], extra: null });
    const keys = Array.from({ length: 1300 }, (_, index) => `k${index}`);
    await first.collection(newest).putMany(keys.map((key) => [key, { key }]));
    await first.collection(sessions).put("old", { until: 1 });
    await first.collection(empty).clear();
    const path = join(folder, "whole");
    const manifest = await stores.open([], { schema }).backup(path);
    expect(manifest.collections).toContainEqual({ name: "sessions", exists: true, records: 1 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const to = target(stores.nextSchema());
    expect(await restorePostgres({ from: path, to })).toEqual({
      schema: to.schema,
      records: 1302,
    });
    const restored = stores.open(collections, { schema: to.schema ?? "" });
    expect((await restored.collection(newest).find()).map(({ key }) => key)).toEqual(
      keys.toReversed(),
    );
    expect(await restored.collection(models).search("one")).toHaveLength(1);
    const { collections: infos } = await restored.info();
    expect(infos).toContainEqual({ name: "sessions", exists: true, records: 1 });
    expect(infos).toContainEqual({ name: "emptied", exists: true, records: 0 });
    expect(await codeOf(restorePostgres({ from: path, to }))).toBe("CONFIG_INVALID");
  });

  it("holds every character that some programs end lines at, and records longer than a read", async () => {
    const schema = stores.nextSchema();
    const first = stores.open([newest], { schema });
    const odd = "\u2028 \u2029 \r \r\n \n \u0085 \v \f";
    const long = "\u{1f600}".repeat(100_000);
    await first.collection(newest).putMany([
      [odd, { odd }],
      ["long", { long }],
    ]);
    const path = join(folder, "odd");
    await first.backup(path);
    const to = target(stores.nextSchema());
    await restorePostgres({ from: path, to });
    const restored = stores.open([newest], { schema: to.schema ?? "" });
    expect(await restored.collection(newest).get(odd)).toEqual({ odd });
    expect(await restored.collection(newest).get("long")).toEqual({ long });
  });

  it("is refused where anything of it was changed or is missing, and nothing is made", async () => {
    const store = stores.open([newest]);
    await store.collection(newest).putMany([
      ["a", "one"],
      ["b", "two"],
    ]);
    const path = join(folder, "damaged");
    await store.backup(path);
    const text = readFileSync(path, "utf8");
    const lines = text.split("\n");
    const damages = [
      text.replace("two", "tow"),
      lines.toSpliced(1, 1).join("\n"),
      lines.slice(0, -2).join("\n"),
      text.slice(0, -10),
    ];
    for (const damage of damages) {
      writeFileSync(path, damage);
      const schema = stores.nextSchema();
      expect(await codeOf(restorePostgres({ from: path, to: target(schema) }))).toBe(
        "CORRUPT_DATA",
      );
      const [made] = await stores.database.query("SELECT to_regnamespace($1)::text AS it", [
        schema,
      ]);
      expect(made).toEqual({ it: null });
    }
    writeFileSync(path, '{"something":"else"}\n');
    expect(await codeOf(restorePostgres({ from: path, to: target("other") }))).toBe(
      "CONFIG_INVALID",
    );
  });
});
