import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection, integer } from "@cutover/core";
import { expect, it, onTestFinished } from "vitest";
import { migrate } from "../../src/migration/migrate.ts";
import { rollback } from "../../src/migration/rollback.ts";
import { withDatabase } from "./scene.ts";

const users = defineCollection({ name: "users" });
const sessions = defineCollection<{ n: number }>({
  name: "sessions",
  fields: { n: integer() },
  order: "prepend",
  file: { path: "state/sessions.json" },
});
const twin = defineCollection({ name: "twin", file: { path: "users.json" } });

it("a collection that was made while the database was in charge comes back too, to the file it belongs to", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cutover-new-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "users.json"), '{"a": 1}');
  const target = { folder, collections: [users], databasePath: join(folder, "data.db") };
  await migrate(target);
  await withDatabase({ ...target, collections: [users, sessions, twin] }, async (store) => {
    await store.collection(sessions).put("old", { n: 1 });
    await store.collection(sessions).put("new", { n: 2 });
    await store.collection(twin).put("b", 2);
  });

  const report = await rollback(target);
  expect(report.outcome).toBe("rolled-back");
  const written: unknown = JSON.parse(await readFile(join(folder, "state/sessions.json"), "utf8"));
  expect(JSON.stringify(written)).toBe('{"new":{"n":2},"old":{"n":1}}');
  expect(await readFile(join(folder, "users.json"), "utf8")).toBe('{"a": 1}');
  // Two collections cannot both be one file: that one is left in the database, and said to be.
  expect(report.notes.join("\n")).toMatch(/"twin".*users\.json/);
});

it("a file that a rollback has to make is written as the project says", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cutover-format-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "users.json"), "{}");
  const newFiles = { indent: "\t", ascii: true, trailingNewline: false };
  const target = {
    folder,
    collections: [users, sessions],
    databasePath: join(folder, "data.db"),
    newFiles,
  };
  await migrate(target);
  await withDatabase(target, (store) => store.collection(sessions).put("é", { n: 1 }));
  await rollback(target);
  const written = await readFile(join(folder, "state/sessions.json"), "utf8");
  expect(written).toBe('{\n\t"\\u00e9": {\n\t\t"n": 1\n\t}\n}');
});
