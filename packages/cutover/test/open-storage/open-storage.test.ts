import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection, isStorageError, text, type StorageError } from "@cutover/core";
import { beforeEach, describe, expect, it } from "vitest";
import { openStorage, type OpenStorageOptions } from "../../src/open-storage.ts";
import type { StorageWarning } from "../../src/project/storage-warning.ts";
import { nextRecord, stepOf, type BackendKind } from "../../src/state/migration-record.ts";
import { readRecord, writeRecord } from "../../src/state/record-file.ts";

const users = defineCollection({ name: "users", fields: { name: text() } });
const config = { database: "app.db", collections: [users] };

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-open-"));
});

const open = async (options: OpenStorageOptions = {}) =>
  openStorage({ folder, config, env: {}, ...options });

async function refusal(options: OpenStorageOptions): Promise<StorageError> {
  const error: unknown = await open(options).then(
    async (storage) => storage.close(),
    (reason: unknown) => reason,
  );
  if (isStorageError(error)) return error;
  throw new Error("it was not refused");
}

async function putInCharge(backend: BackendKind, files: readonly string[] = []): Promise<void> {
  const originals = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(join(folder, file));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const { mtime } = await stat(join(folder, file));
      return { file, sha256, sizeBytes: bytes.length, mtime: mtime.toISOString() };
    }),
  );
  const change = { backend, database: "app.db", originals, step: stepOf("migrate") };
  await writeRecord(folder, nextRecord(await readRecord(folder), change));
}

async function newDatabase(): Promise<void> {
  await using storage = await open({ backend: "sqlite" });
  await storage.collection(users).put("a", { name: "A" });
}

describe("openStorage() without a migration record", () => {
  it("opens the JSON files, in place", async () => {
    await writeFile(join(folder, "users.json"), '{"a": {"name": "A"}}');
    await using storage = await open();
    expect(storage.kind).toBe("json");
    expect(await storage.collection(users).get("a")).toEqual({ name: "A" });
  });

  it("opens a new folder in SQLite where that is asked for, and records it", async () => {
    await newDatabase();
    expect(await readRecord(folder)).toMatchObject({ backend: "sqlite", database: "app.db" });
    expect((await stat(join(folder, "app.db"))).size).toBeGreaterThan(0);
    await using storage = await open();
    expect(storage.kind).toBe("sqlite");
    expect(await storage.collection(users).get("a")).toEqual({ name: "A" });
  });

  it("makes a data folder that is not there yet", async () => {
    const inner = join(folder, "deep", "data");
    await using storage = await open({ folder: inner, backend: "sqlite" });
    await storage.collection(users).put("a", { name: "A" });
    expect(await readdir(inner)).toContain("app.db");
  });

  it.each(["{}", "[]", "  \n", " { } "])(
    "takes a JSON file that holds %j for no data",
    async (content) => {
      await writeFile(join(folder, "users.json"), content);
      await using storage = await open({ backend: "sqlite" });
      expect(storage.kind).toBe("sqlite");
    },
  );

  it.each(['{"a": {}}', "[1]", '{"a', "garbage"])(
    "refuses SQLite over a JSON file that holds %j, and changes nothing",
    async (content) => {
      await writeFile(join(folder, "users.json"), content);
      const error = await refusal({ backend: "sqlite" });
      expect(error.code).toBe("STAGE_REFUSED");
      expect(error.details.nextCommand).toBe(`cutover migrate ${folder}`);
      expect(error.message).toContain("users.json");
      expect(await readdir(folder)).toEqual(["users.json"]);
    },
  );

  it("warns of a database that nobody put in charge, and uses the JSON files", async () => {
    await newDatabase();
    await rm(join(folder, ".cutover"), { recursive: true });
    const warnings: StorageWarning[] = [];
    await using storage = await open({ onWarning: (warning) => warnings.push(warning) });
    expect(storage.kind).toBe("json");
    expect(warnings).toMatchObject([{ code: "database-without-record", files: ["app.db"] }]);
  });

  it("lets several processes open a new folder at once, with one record", async () => {
    const opened = await Promise.all([1, 2, 3, 4].map(async () => open({ backend: "sqlite" })));
    expect(opened.map((storage) => storage.kind)).toEqual(["sqlite", "sqlite", "sqlite", "sqlite"]);
    await Promise.all(opened.map(async (storage) => storage.close()));
    expect((await readRecord(folder))?.epoch).toBe(1);
  });
});

describe("openStorage() with a migration record", () => {
  it.each([
    ["--use-json", { argv: ["serve", "--use-json"] }],
    ["--backend", { argv: ["--backend", "json"] }],
    ["--backend", { argv: ["--backend=json"] }],
    ["CUTOVER_BACKEND", { env: { CUTOVER_BACKEND: "json" } }],
    ["the option `backend`", { backend: "json" }],
    ["the config's `backend`", { config: { ...config, backend: "json" } }],
  ] as const)("refuses JSON asked for by %s while SQLite is in charge", async (by, options) => {
    await newDatabase();
    const error = await refusal(options);
    expect(error.code).toBe("STAGE_REFUSED");
    expect(error.message).toContain(by);
    expect(error.details.nextCommand).toBe(`cutover rollback ${folder}`);
  });

  it("refuses SQLite while the JSON files are in charge again", async () => {
    await newDatabase();
    await putInCharge("json");
    const error = await refusal({ argv: ["--backend", "sqlite"] });
    expect(error.code).toBe("STAGE_REFUSED");
    expect(error.details.nextCommand).toBe(`cutover migrate ${folder}`);
    await using storage = await open();
    expect(storage.kind).toBe("json");
  });

  it("asks the flag before the environment, and that before the config", async () => {
    await newDatabase();
    const env = { CUTOVER_BACKEND: "sqlite" };
    const contrary = { ...config, backend: "json" as const };
    expect((await refusal({ argv: ["--use-json"], env })).message).toContain("--use-json");
    await using storage = await open({ env, config: contrary });
    expect(storage.kind).toBe("sqlite");
  });

  it("never puts an empty database in the place of one that is gone", async () => {
    await newDatabase();
    await rm(join(folder, "app.db"));
    const error = await refusal({});
    expect(error.code).toBe("STAGE_REFUSED");
    expect(error.message).toContain("app.db");
    expect(await readdir(folder)).not.toContain("app.db");
  });

  it("serves nothing while the record is damaged", async () => {
    await newDatabase();
    await rm(join(folder, ".cutover", "history"), { recursive: true });
    await writeFile(join(folder, ".cutover", "record.json"), '{"format": 1,');
    expect((await refusal({})).code).toBe("CORRUPT_DATA");
  });

  it("warns of originals that were edited after the migration, and of no others", async () => {
    await newDatabase();
    for (const file of ["users.json", "same.json", "gone.json"]) {
      await writeFile(join(folder, file), "{}");
    }
    await putInCharge("sqlite", ["users.json", "same.json", "gone.json"]);
    await writeFile(join(folder, "users.json"), "[]");
    await writeFile(join(folder, "same.json"), "{}");
    await rm(join(folder, "gone.json"));
    const warnings: StorageWarning[] = [];
    await using storage = await open({ onWarning: (warning) => warnings.push(warning) });
    expect(storage.kind).toBe("sqlite");
    expect(warnings).toMatchObject([{ code: "originals-edited", files: ["users.json"] }]);
  });

  it("keeps a process that had the JSON files open from writing to them after a migration", async () => {
    await using storage = await open();
    await storage.collection(users).put("a", { name: "A" });
    await putInCharge("sqlite", ["users.json"]);
    const before = await readFile(join(folder, "users.json"));
    const write = storage.collection(users).put("b", { name: "B" });
    await expect(write).rejects.toSatisfy((error) => isStorageError(error, "STAGE_REFUSED"));
    expect(await readFile(join(folder, "users.json"))).toEqual(before);
    await putInCharge("json");
    await storage.collection(users).put("b", { name: "B" });
    expect(await storage.collection(users).get("b")).toEqual({ name: "B" });
  });
});

describe("openStorage() looks for its config", () => {
  it.each([
    ["--backend", { argv: ["--backend", "postgres"] }],
    ["--backend", { argv: ["--backend"] }],
    ["CUTOVER_BACKEND", { env: { CUTOVER_BACKEND: "jsn" } }],
    ["two stores", { argv: ["--use-json", "--backend", "sqlite"] }],
  ])("and refuses a store that does not exist, asked for by %s", async (by, options) => {
    const error = await refusal(options);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain(by);
  });

  it("and heeds no flag behind `--`, and no empty variable", async () => {
    await using storage = await open({
      argv: ["--", "--use-sqlite", "--backend"],
      env: { CUTOVER_BACKEND: "" },
    });
    expect(storage.kind).toBe("json");
  });

  it("and refuses one that cannot be used", async () => {
    const twice = { collections: [users, users] };
    expect((await refusal({ config: twice })).code).toBe("CONFIG_INVALID");
  });

  it("from the working folder upwards, in a process of its own", async () => {
    const source = [
      'import { defineCollection, defineConfig } from "cutover";',
      'export default defineConfig({ folder: "store", collections: [defineCollection({ name: "a" })] });',
    ];
    await writeFile(join(folder, "cutover.config.ts"), source.join("\n"));
    const inner = join(folder, "src", "deep");
    await mkdir(inner, { recursive: true });
    const program = join(import.meta.dirname, "open-storage.fixture.ts");
    const child = fork(program, ["--backend", "sqlite"], {
      cwd: inner,
      execArgv: ["--conditions=@cutover/source"],
    });
    const [message] = await once(child, "message");
    expect(message).toEqual({
      kind: "sqlite",
      location: join(folder, "store", "data.db"),
      collections: ["a"],
    });
  });
});
