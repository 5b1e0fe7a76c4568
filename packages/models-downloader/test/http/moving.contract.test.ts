import { StorageError } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { historyNames, invented, tiny } from "./invented.ts";
import { objectAt, openSubject } from "./subject.ts";

const names = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}.bin`);

describe("a folder that is migrated while it is served", () => {
  it("loses no write: what was asked for before, meanwhile and afterwards is all there", async () => {
    const subject = await openSubject("json", { lookalike: tiny });
    const save = (filename: string): Promise<unknown> =>
      subject.post("/save-model-url", { filename, url: "https://h/x" });
    const before = names(5, "before");
    for (const name of before) await save(name);
    const meanwhile = names(60, "meanwhile");
    const [, ...replies] = await Promise.all([
      subject.move(),
      ...meanwhile.map((name) => save(name)),
    ]);
    expect(replies).toEqual(meanwhile.map(() => expect.objectContaining({ status: 200 })));
    const kind = await subject.use(({ storage }) => Promise.resolve(storage.kind));
    expect(kind).toBe("sqlite");
    const after = names(5, "after");
    for (const name of after) await save(name);
    await subject.settleInFiles();
    const models = objectAt(await subject.object("/model-metadata"), "metadata");
    expect(Object.keys(models)).toEqual(
      expect.arrayContaining([...before, ...meanwhile, ...after]),
    );
  });

  it("makes a write in the database that a migration overtook while it was prepared", async () => {
    const subject = await openSubject("json", { lookalike: tiny });
    const stores: string[] = [];
    await subject.use(async ({ storage, settings }) => {
      stores.push(storage.kind);
      if (stores.length === 1) await subject.move();
      await settings.set("late", true);
    });
    expect(stores).toEqual(["json", "sqlite"]);
    expect(await subject.use(({ settings }) => settings.get("late"))).toBe(true);
  });

  it("an error that no migration is to blame for is not tried again", async () => {
    const subject = await openSubject("json");
    let calls = 0;
    const failing = subject.use(() => {
      calls += 1;
      return Promise.reject(new StorageError("STAGE_REFUSED", "for another reason"));
    });
    await expect(failing).rejects.toThrow("for another reason");
    expect(calls).toBe(1);
  });

  it("serves from the new store with the very next request, without a restart", async () => {
    const subject = await openSubject("json", { lookalike: tiny });
    expect(await subject.object("/cache-info")).toMatchObject({
      cache_file: subject.folder.file("usage_cache.json"),
    });
    await subject.move();
    expect(await subject.object("/cache-info")).toMatchObject({
      cache_file: subject.folder.file("wmd_data.db"),
    });
  });

  it("keeps a history that was changed on both sides of several moves", async () => {
    const subject = await openSubject("moving", { lookalike: tiny });
    const before = historyNames(invented("download_history"));
    for (const filename of before.slice(0, 6).map(String))
      await subject.post("/delete-history-item", { filename });
    const { history } = await subject.object("/download-history");
    expect(historyNames(history)).toEqual(before.slice(6));
  });
});
