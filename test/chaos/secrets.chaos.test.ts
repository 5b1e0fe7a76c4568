import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  type Collection,
  defineCollection,
  integer,
  type JsonValue,
  memoryBackend,
  type StorageBackend,
  StorageError,
  text,
} from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { failuresTellTheirCommand } from "./again.ts";
import { canary, leaks } from "./secrets/canary.ts";
import { cutover, type Said } from "./secrets/command.ts";
import { filesIn, secretFolder, tooOpen } from "./secrets/folder.ts";

failuresTellTheirCommand();

/**
 * Law: the values of records stand in the stores, in their backups and nowhere else: in no message,
 * no report, no file name and no record of a difference. The `cause` of an error is excepted.
 */
const settings = defineCollection<{ token: string; n: number }>({
  name: "settings",
  unique: ["token"],
  fields: { token: text(), n: integer() },
});
const isPosix = process.platform !== "win32";

/** Everything an error tells whoever prints or logs it, but its cause. */
function toldBy(error: unknown): string {
  if (!(error instanceof StorageError)) return `untyped: ${inspect(error)}`;
  const { cause: _cause, ...details } = error.details;
  return [error.message, error.stack, JSON.stringify(error), inspect(details)].join("\n");
}

type Call = (collection: Collection<{ token: string; n: number }>) => Promise<unknown>;
const value = (token: string): { token: string; n: number } => ({
  token: `${canary}-${token}`,
  n: 1,
});
/** A value of another shape, as JavaScript hands it over. */
const wrong = (misshapen: JsonValue): never =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what types would refuse
  misshapen as never;

/** Calls that are refused, each with secrets in what it is handed or in what it meets. */
const refused: Readonly<Record<string, Call>> = {
  "a clash of two secrets": (store) => store.put("third", value("1")),
  "a clash within a batch": (store) =>
    store.putMany([
      ["x", value("9")],
      ["y", value("9")],
    ]),
  "an insert over a record": (store) => store.insert("hf", value("4")),
  "a version that is no more": (store) =>
    store.put("hf", value("5"), { ifVersion: "0".repeat(64) }),
  "a value that cannot be stored": (store) =>
    store.put("x", wrong({ token: canary, n: Number.NaN })),
  "a lone surrogate": (store) => store.put("x", value("\ud800")),
  "a function that throws nothing of ours": (store) =>
    store.update("hf", () => {
      throw new StorageError("IO_FAILED", "the application's own");
    }),
  "a filter with an unknown operator": (store) =>
    store.find({ where: { token: wrong({ $like: canary }) } }),
  "a filter of the wrong kind": (store) => store.find({ where: { n: wrong(canary) } }),
  "a cursor made up": (store) => store.page({ cursor: canary, limit: 5 }),
};

const openings: Readonly<Record<string, (folder: string) => Promise<StorageBackend>>> = {
  memory: async () => memoryBackend(),
  json: async (folder) => jsonBackend({ folder }),
  sqlite: async (folder) => sqliteBackend({ path: join(folder, "data.db") }),
};

describe.each(Object.entries(openings))("errors of the %s store", (_kind, open) => {
  test.for(Object.entries(refused))("tell no value: %s", async ([, call], context) => {
    const folder = secretFolder(context);
    const backend = await open(folder);
    const collection = backend.collection(settings);
    await collection.put("hf", value("1"));
    await collection.put("civitai", value("2"));
    const error: unknown = await call(collection).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    await backend.close();
    expect(error).toBeInstanceOf(StorageError);
    expect(leaks(toldBy(error))).toBe(false);
  });
});

const damages: Readonly<Record<string, (whole: string) => string>> = {
  "cut off": (whole) => whole.slice(0, whole.lastIndexOf(canary) + canary.length),
  "with a word too many": (whole) => whole.replace(`"${canary}`, `${canary} "${canary}`),
  "with two records of one key": (whole) => whole.replace("civitai", "hf"),
  "with a number in quotes": (whole) => whole.replace('"n": 1', `"n": "${canary}"`),
  "that is an array": () => JSON.stringify([canary]),
  "with bytes that are no text": (whole) => whole.replace(canary, `${canary}\u0000`),
};

describe("the command, on a folder of secrets", () => {
  test.concurrent.for(Object.entries(damages))(
    "says nothing of the values of a file %s",
    async ([, damage], context) => {
      const folder = secretFolder(context);
      const path = join(folder, "settings.json");
      writeFileSync(path, damage(readFileSync(path, "utf8")));
      const said = [
        await cutover("plan", folder),
        await cutover("init", folder),
        await cutover("migrate", folder, "--json"),
      ];
      expect(said.map(({ text: output }) => output).join("")).not.toBe("");
      expect(said.filter(({ text: output }) => leaks(output))).toEqual([]);
    },
  );

  test.skipIf(!isPosix)(
    "moves it to a database and back without a word of the values, and opens no file to more people",
    async (context) => {
      const folder = secretFolder(context);
      const unit = ["--unit", "assets/settings"];
      const said: Said[] = [];
      const run = async (...args: readonly string[]): Promise<void> => {
        said.push(await cutover(...args));
        expect(
          tooOpen(filesIn(folder).filter(({ path }) => path !== "cutover.config.json")),
        ).toEqual([]);
      };
      await run("start", folder);
      await run("backfill", folder);
      const database = sqliteBackend({ path: join(folder, "app.db"), collections: [settings] });
      await database.collection(settings).put("hf", value("changed"));
      await database.collection(settings).put("new", value("added"));
      await database.close();
      await run("verify", folder);
      await run("mismatches", "list", folder);
      await run("mismatches", "list", folder, "--json");
      await run("status", folder, ...unit);
      const told = filesIn(join(folder, ".cutover")).filter(({ isFolder }) => !isFolder);
      const telling = told.filter(({ path }) =>
        leaks(readFileSync(join(folder, ".cutover", path))),
      );
      expect(told.length).toBeGreaterThan(0);
      expect(telling).toEqual([]);
      await run("repair", folder);
      await run("verify", folder, "--json");
      await run("switch", folder);
      await run("backup", folder, join(folder, "backup"));
      await run("reverse", folder);
      await run("doctor", folder);
      await run("log", folder);
      expect(said.map(({ status }) => status)).toContain(3);
      expect(said.filter(({ text: output }) => leaks(output))).toEqual([]);
      expect(said.filter(({ text: output }) => output === "")).toEqual([]);
      const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
      expect(names.filter(leaks)).toEqual([]);
    },
  );
});
