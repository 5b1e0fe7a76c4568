import { mkdtemp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  defineCollection,
  memoryBackend,
  type CollectionDefinition,
  type JsonValue,
  type StorageBackend,
} from "@cutover/core";
import { lookalike } from "@cutover/fixtures";
import { describe, expect, it } from "vitest";
import { modelsDownloader } from "../../src/layouts/models-downloader.ts";
import { filedBatches } from "../../src/migration/entry-batches.ts";
import { originalGroups } from "../../src/migration/original-group.ts";
import { rewriteFile, type RewrittenFile } from "../../src/migration/rewrite-file.ts";
import { SourceFile } from "../../src/migration/source-file.ts";

interface Scene {
  readonly folder: string;
  readonly definition: CollectionDefinition;
  readonly store: StorageBackend;
}

async function fill({ folder, definition, store }: Scene): Promise<void> {
  const source = await SourceFile.open(join(folder, definition.file.path));
  if (source === undefined) return;
  const records = store.collection<JsonValue>(definition);
  const entries: (readonly [string, JsonValue])[] = [];
  for await (const batch of filedBatches(definition, source.chunks())) {
    for (const { key, value } of batch) entries.push([key, value]);
  }
  await records.replaceAll(entries);
  await source.close();
}

/** A folder with one file, and a store that holds the same records. */
async function scene(definition: CollectionDefinition, text?: string | Buffer): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-rewrite-"));
  const made = { folder, definition, store: memoryBackend() };
  const path = join(folder, definition.file.path);
  await mkdir(dirname(path), { recursive: true });
  if (text !== undefined) await writeFile(path, text);
  await fill(made);
  return made;
}

async function rewrite({ folder, definition, store }: Scene): Promise<RewrittenFile> {
  const [group] = originalGroups(folder, [definition]);
  if (group === undefined) throw new Error("no file");
  store.collection(definition);
  const info = await store.info();
  const existing = new Set(info.collections.filter(({ exists }) => exists).map(({ name }) => name));
  return rewriteFile(group, {
    folder,
    store,
    existing,
    newFiles: {},
    token: "0",
    signal: undefined,
  });
}

async function content({ folder }: Scene, { next }: RewrittenFile): Promise<string> {
  if (next === undefined) throw new Error("the file stays as it is");
  return readFile(join(folder, next.temp), "utf8");
}

function keysIn(text: string): string[] {
  const document: object = JSON.parse(text);
  return Object.keys(document);
}

const plain = defineCollection({ name: "models", file: { path: "models.json" } });
const array = defineCollection({
  name: "history",
  key: "id",
  file: { path: "history.json", shape: "array" },
});
const text = `{
  "a": {
    "n": 1.0,
    "s": "\\u00e9"
  },
  "b": {
    "n": 2
  },
  "c": {
    "n": 3
  }
}`;

describe("writing a file anew with what the store holds", () => {
  it.each(modelsDownloader.collections.map((definition) => [definition.name, definition] as const))(
    "leaves %s of the application alone when nothing changed",
    async (_, definition) => {
      const file = lookalike({ scale: 0.1 }).find(({ path }) => path === definition.file.path);
      const made = await scene(definition, file?.bytes);
      const rewritten = await rewrite(made);
      expect(rewritten.next).toBeUndefined();
      expect(await readdir(dirname(join(made.folder, definition.file.path)))).not.toContain(
        ".cutover-rollback-0-0.tmp",
      );
    },
  );

  it("changes exactly the member that changed", async () => {
    const made = await scene(plain, text);
    await made.store.collection<JsonValue>(plain).put("b", { n: 20 });
    expect(await content(made, await rewrite(made))).toBe(text.replace('"n": 2\n', '"n": 20\n'));
  });

  it("puts new records at the end, in the file's own style", async () => {
    const made = await scene(plain, text);
    await made.store.collection<JsonValue>(plain).put("d/é", { list: [1, { x: "ü" }], n: {} });
    const added = `  },
  "d/\\u00e9": {
    "list": [
      1,
      {
        "x": "\\u00fc"
      }
    ],
    "n": {}
  }
}`;
    expect(await content(made, await rewrite(made))).toBe(text.replace(/ {2}\}\n\}$/, added));
  });

  it("puts new records first where the collection is newest first", async () => {
    const history = defineCollection({ ...plainOptions(array), order: "prepend" });
    const made = await scene(history, '[\n  {"id": "1", "n": 1}\n]\n');
    await made.store.collection<JsonValue>(history).put("2", { id: "2", n: 2 });
    expect(await content(made, await rewrite(made))).toBe(
      '[\n  {"id": "2", "n": 2},\n  {"id": "1", "n": 1}\n]\n',
    );
  });

  it("takes deleted records out, the first, the last and all", async () => {
    for (const gone of [["a"], ["c"], ["b"], ["a", "b"], ["a", "b", "c"]]) {
      const made = await scene(plain, text);
      await made.store.collection<JsonValue>(plain).deleteMany(gone);
      const written = await content(made, await rewrite(made));
      const left = ["a", "b", "c"].filter((key) => !gone.includes(key));
      expect(keysIn(written)).toEqual(left);
      for (const key of left) {
        expect(written).toContain(text.slice(text.indexOf(`"${key}"`)).split("\n  }")[0]);
      }
    }
  });

  it("writes the records in the order of the store, each with its own bytes", async () => {
    const made = await scene(plain, text);
    const records = made.store.collection<JsonValue>(plain);
    const entries = await records.find();
    await records.replaceAll(entries.toReversed().map(({ key, value }) => [key, value] as const));
    const rewritten = await rewrite(made);
    expect(rewritten.collections[0]?.isReordered).toBe(true);
    const written = await content(made, rewritten);
    expect(keysIn(written)).toEqual(["c", "b", "a"]);
    expect(written).toContain('"n": 1.0,\n    "s": "\\u00e9"');
  });

  it("keeps the rest of a wrapper, before and behind the records", async () => {
    const wrapped = defineCollection({
      name: "catalog",
      key: "id",
      file: { path: "catalog.json", shape: "array", at: ["models"] },
    });
    const before = '{"version": "1.0", "models": [{"id": "a"}, {"id": "b"}], "more": {"x": [1]}}\n';
    const made = await scene(wrapped, before);
    await made.store.collection<JsonValue>(wrapped).put("c", { id: "c" });
    expect(await content(made, await rewrite(made))).toBe(
      before.replace('{"id": "b"}', '{"id": "b"}, {"id": "c"}'),
    );
  });

  it("keeps what it cannot read in its place", async () => {
    const dirty = '{\n "a": 1,\n "bad": "\\udc80",\n "b": 2,\n "big": 12345678901234567890\n}';
    const made = await scene(plain, dirty);
    const records = made.store.collection<JsonValue>(plain);
    expect(await records.count()).toBe(2);
    await records.put("b", 3);
    expect(await content(made, await rewrite(made))).toBe(dirty.replace('"b": 2', '"b": 3'));
    await records.deleteMany(["a", "b"]);
    expect(await content(made, await rewrite(made))).toBe(
      '{\n "bad": "\\udc80",\n "big": 12345678901234567890\n}',
    );
  });

  it("lets a record written since take the place of one it cannot read", async () => {
    const made = await scene(plain, '{"a": 1, "bad": "\\udc80", "b": 2}');
    await made.store.collection<JsonValue>(plain).put("bad", "good");
    expect(await content(made, await rewrite(made))).toBe('{"a": 1, "b": 2, "bad": "good"}');
  });

  it("does not bring a deleted record back by its namesake", async () => {
    const made = await scene(plain, '{"a": 1, "b": 2, "a": 3}');
    await made.store.collection<JsonValue>(plain).delete("a");
    expect(await content(made, await rewrite(made))).toBe('{"b": 2}');
  });

  it("fills a file that had no records", async () => {
    const made = await scene(plain, "{}");
    const records = made.store.collection<JsonValue>(plain);
    await records.putMany([
      ["a", 1],
      ["b", { n: [] }],
    ]);
    const written = await content(made, await rewrite(made));
    expect(JSON.parse(written)).toEqual({ a: 1, b: { n: [] } });
  });

  it("makes a file only for a collection that exists", async () => {
    const made = await scene(plain);
    expect((await rewrite(made)).next).toBeUndefined();
    await made.store.collection<JsonValue>(plain).clear();
    expect(JSON.parse(await content(made, await rewrite(made)))).toEqual({});
    await made.store.collection<JsonValue>(plain).put("a", { n: 1 });
    expect(JSON.parse(await content(made, await rewrite(made)))).toEqual({ a: { n: 1 } });
  });

  it("leaves no temporary file behind but the one it names", async () => {
    const made = await scene(plain, "{}");
    await made.store.collection<JsonValue>(plain).putMany([
      ["a", 1],
      ["b", 2],
    ]);
    const { next } = await rewrite(made);
    const names = await readdir(made.folder);
    expect(new Set(names)).toEqual(new Set([next?.temp, "models.json"]));
  });
});

/** The options a definition was made from, as far as these tests need them. */
function plainOptions(definition: CollectionDefinition): {
  name: string;
  key: string;
  file: { path: string; shape: "array" };
} {
  return {
    name: definition.name,
    key: definition.keyMember ?? "id",
    file: { path: definition.file.path, shape: "array" },
  };
}
