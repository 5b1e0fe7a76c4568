import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection } from "@cutover/core";
import { expect, it, onTestFinished } from "vitest";
import { migrate } from "../../src/migration/migrate.ts";
import { rollback } from "../../src/migration/rollback.ts";
import { openStorage } from "../../src/open-storage.ts";

const data = defineCollection<number>({ name: "data" });

it("a process that has the JSON files open neither reads nor writes them once the database is in charge", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cutover-readers-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "data.json"), '{"a": 1}');
  const options = { config: { folder, collections: [data] }, env: {} };
  const target = { folder, collections: [data], databasePath: join(folder, "data.db") };
  const storage = await openStorage(options);
  onTestFinished(() => storage.close());
  const records = storage.collection(data);
  expect(await records.get("a")).toBe(1);

  await migrate(target);
  await expect(records.get("a")).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  await expect(records.find()).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  await expect(records.put("a", 2)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  const reopened = await openStorage(options);
  expect(reopened.kind).toBe("sqlite");
  await reopened.collection(data).put("a", 3);
  await reopened.close();

  await rollback(target);
  expect(await records.get("a")).toBe(3);
});
