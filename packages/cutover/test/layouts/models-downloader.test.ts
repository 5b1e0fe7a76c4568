import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fits, isJsonObject, memberOf, type JsonObject, type JsonValue } from "@cutover/core";
import { lookalike, storeFacts, writeLookalike } from "@cutover/fixtures";
import { beforeEach, describe, expect, it } from "vitest";
import { modelsDownloader } from "../../src/layouts/models-downloader.ts";
import { recogniseLayout } from "../../src/layouts/recognise-layout.ts";
import { loadProject } from "../../src/project/load-project.ts";

/** A member that the application does not know and keeps; the look-alike data has one. */
const foreign = "pinned";
const small = { scale: { node_metadata: 0.01 } };

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-layout-"));
});

function recordsAt(document: JsonValue, at: readonly string[]): readonly JsonValue[] {
  let value: JsonValue | undefined = document;
  for (const member of at) value = value === undefined ? undefined : memberOf(value, member);
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? Object.values(value) : [];
}

describe("the folder of the models-downloader", () => {
  it("is recognised, with its eight collections, its tables' names and its database", async () => {
    await writeLookalike(folder, small);
    const project = await loadProject(folder);
    expect(project.source).toBe("known layout models-downloader");
    expect(project.database).toBe("wmd_data.db");
    expect(project.collections.map((collection) => collection.name).toSorted()).toEqual(
      [
        "settings",
        "download_history",
        "model_metadata",
        "model_catalog",
        "search_cache",
        "usage_cache",
        "node_metadata",
        "model_aliases",
      ].toSorted(),
    );
    expect(project.notes.join("\n")).toContain("`patterns`");
  });

  it("has a collection for each of its files", () => {
    const paths = modelsDownloader.collections.map((collection) => collection.file.path);
    const known = Object.values(storeFacts).map((facts) => facts.path);
    expect(paths.toSorted()).toEqual(known.toSorted());
  });

  it.each(lookalike(small).map((file) => [file.path, file] as const))(
    "%s holds its records where the layout says, and no member that it does not declare",
    (path, file) => {
      const definition = modelsDownloader.collections.find((one) => one.file.path === path);
      const document: JsonValue = JSON.parse(file.bytes.toString("utf8"));
      const records = recordsAt(document, definition?.file.at ?? []);
      expect(records).toHaveLength(file.records);
      const objects = records.filter((record): record is JsonObject => isJsonObject(record));
      const isTyped = (definition?.fields.size ?? 0) > 0;
      const unknown = objects
        .flatMap((record) => Object.keys(record))
        .filter(
          (member) => isTyped && member !== foreign && definition?.fields.has(member) !== true,
        );
      expect([...new Set(unknown)]).toEqual([]);
      const misfits = objects.flatMap((record) =>
        Object.entries(record).filter(([member, value]) => {
          const field = definition?.fields.get(member);
          return field !== undefined && value !== null && !fits(field, value);
        }),
      );
      expect(misfits.length).toBeLessThanOrEqual(records.length / 20);
    },
  );

  it("is recognised with two of its files, and not with one", async () => {
    await writeFile(join(folder, "settings.json"), "{}");
    await writeFile(join(folder, "download_history.json"), "[]");
    expect(await recogniseLayout(folder)).toBeUndefined();
    await writeFile(join(folder, "usage_cache.json"), " {}");
    expect((await recogniseLayout(folder))?.name).toBe("models-downloader");
  });

  it("is not seen in files of the same names and another shape", async () => {
    await writeFile(join(folder, "download_history.json"), "{}");
    await writeFile(join(folder, "usage_cache.json"), "[]");
    await mkdir(join(folder, "model_metadata.json"));
    expect(await recogniseLayout(folder)).toBeUndefined();
  });

  it("is still recognised after its files were put away by a migration", async () => {
    await writeLookalike(folder, small);
    await rm(join(folder, "download_history.json"));
    await rm(join(folder, "usage_cache.json"));
    await rm(join(folder, "tavily_cache.json"));
    await rm(join(folder, "node_metadata.json"));
    await rm(join(folder, "model_metadata.json"));
    expect(await recogniseLayout(folder)).toBeUndefined();
    const former = ["download_history.json", "usage_cache.json"];
    expect((await recogniseLayout(folder, former))?.name).toBe("models-downloader");
  });
});
