import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { printDocument, writeDocument } from "../src/stores/app-json.ts";
import { HandJsonReader, HandJsonWriter } from "../src/stores/hand-json.ts";
import { changed, modelEntries, type ModelEntry } from "../src/stores/models.ts";

const entries = modelEntries(200);
let folder = "";
let path = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-bench-hand-"));
  path = join(folder, "models.json");
  await writeDocument(path, entries);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function withChange(list: readonly ModelEntry[], every: number): ModelEntry[] {
  return list.map(([key, value], index) => [
    key,
    index % every === 0 ? { ...changed(value, index), description: `é ${every}` } : value,
  ]);
}

test("puts by hand leave the file as if it had been printed anew, commit after commit", async () => {
  await using writer = new HandJsonWriter(path);
  let expected: ModelEntry[] = entries;
  for (const every of [3, 7, 1, 2, 50, 199]) {
    expected = withChange(expected, every);
    await Promise.all(expected.map(([key, value]) => writer.put(key, value)));
    expect(await readFile(path, "utf8")).toBe(printDocument(Object.fromEntries(expected)));
  }
});

test("a get by hand sees a file that was put in its place, and one that was written over", async () => {
  const [key, value] = entries[0] ?? [];
  if (key === undefined || value === undefined) throw new Error("there are no records");
  await using reader = new HandJsonReader(path);
  expect(await reader.get(key)).toEqual(value);
  await writeDocument(`${path}.new`, [[key, changed(value, 1)]]);
  await rename(`${path}.new`, path);
  expect(await reader.get(key)).toEqual(changed(value, 1));
  await writeFile(path, printDocument({ [key]: changed(value, 2) }));
  await appendFile(path, "\n");
  expect(await reader.get(key)).toEqual(changed(value, 2));
});
