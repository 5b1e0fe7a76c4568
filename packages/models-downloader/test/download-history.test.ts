import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import { expect, it } from "vitest";
import { type HistoryEntry, historyEntry } from "../src/index.ts";
import { describeStores } from "./describe-stores.ts";
import { makeFolder, openFolder, places, small } from "./folder.ts";

const entry = (filename: string, more: JsonObject = {}): HistoryEntry => ({
  ...historyEntry({
    filename,
    status: "completed",
    totalSize: 1,
    timestamp: "2025-11-29T10:00:00.123456",
  }),
  ...more,
  filename,
});

const names = (entries: readonly JsonValue[]): string[] =>
  entries.map((item) => {
    const filename = isJsonObject(item) ? item["filename"] : undefined;
    return typeof filename === "string" ? filename : "no entry";
  });

describeStores(places, "download history in %s", (kind) => {
  it("add() puts an entry first and takes away the older one of exactly the same filename", async () => {
    const { history } = await openFolder(kind);
    for (const name of ["a.bin", "b.bin", "A.bin", "a.bin"]) await history.add(entry(name));
    expect(names(await history.getRecent())).toEqual(["a.bin", "A.bin", "b.bin"]);
  });

  it("keeps the newest 100, whatever their timestamps say", async () => {
    const { history } = await openFolder(kind);
    for (let index = 0; index < 120; index++)
      await history.add(entry(`m${index}`, { timestamp: `2025-11-29T10:00:${59 - (index % 60)}` }));
    const recent = names(await history.getRecent());
    expect(recent).toEqual(Array.from({ length: 100 }, (_, index) => `m${119 - index}`));
  });

  it("a longer history is kept as it is until the next add()", async () => {
    const long = Array.from({ length: 150 }, (_, index) => entry(`m${index}`));
    const { history } = await openFolder(kind, {
      files: { "download_history.json": JSON.stringify(long) },
    });
    expect(await history.count()).toBe(150);
    await history.deleteByFilename("m0");
    expect(await history.count()).toBe(149);
    await history.add(entry("new"));
    expect(names(await history.getRecent(1000))).toEqual([
      "new",
      ...Array.from({ length: 99 }, (_, index) => `m${index + 1}`),
    ]);
  });

  it("entries come back exactly as written: order of members, null, empty text, extra members", async () => {
    const folder = await makeFolder(kind);
    const first = await folder.open();
    const odd = entry("sub/odd.bin", {
      error: null,
      total_size: 39e9,
      zz: [1],
      timestamp: "2025-11-29T10:00:00",
    });
    await first.history.add(odd);
    await first.close();
    const { history } = await folder.open();
    expect(JSON.stringify(await history.getRecent())).toBe(JSON.stringify([odd]));
    expect(await history.getByFilename("sub/odd.bin")).toEqual(odd);
    expect(await history.getByFilename("odd.bin")).toBeUndefined();
  });

  it("deleting is by filename, says how many, and is there after reopening", async () => {
    const folder = await makeFolder(kind, { lookalike: small });
    const first = await folder.open();
    const [newest = ""] = names(await first.history.getRecent(1));
    expect(await first.history.deleteByFilename(newest)).toBe(1);
    expect(await first.history.deleteByFilename(newest)).toBe(0);
    await first.close();
    const { history } = await folder.open();
    expect(await history.count()).toBe(99);
    expect(await history.clear()).toBe(99);
    expect(await history.getRecent()).toEqual([]);
  });

  it("entries with the same id, or none, are all kept; deleteById() takes all of an id", async () => {
    const { history } = await openFolder(kind);
    await history.add(entry("a", { id: "same" }));
    await history.add(entry("b", { id: "same" }));
    await history.add(entry("c", { id: "" }));
    await history.add(entry("d", { id: "" }));
    expect(await history.count()).toBe(4);
    expect(await history.deleteById("same")).toBe(2);
    expect(names(await history.getRecent())).toEqual(["d", "c"]);
  });

  it("counts downloads per day and by status, finds by any field and by words", async () => {
    const { history } = await openFolder(kind);
    await history.add(
      entry("flux_dev.safetensors", { timestamp: "2025-11-29T23:59:59", total_size: 5 }),
    );
    await history.add(
      entry("flux-schnell.safetensors", { timestamp: "2025-11-30T00:00:00", total_size: 7 }),
    );
    await history.add(
      entry("bad.bin", { timestamp: "2025-11-30T10:00:00.5", status: "error", total_size: 1 }),
    );
    await history.add(entry("odd.bin", { timestamp: "yesterday" }));
    expect(await history.downloadsPer("day")).toEqual([
      { period: null, downloads: 1, sizeBytes: 1 },
      { period: "2025-11-29", downloads: 1, sizeBytes: 5 },
      { period: "2025-11-30", downloads: 2, sizeBytes: 8 },
    ]);
    expect(await history.countByStatus()).toEqual(
      new Map([
        ["completed", 3],
        ["error", 1],
      ]),
    );
    expect(names(await history.listByStatus("error"))).toEqual(["bad.bin"]);
    expect(names(await history.find({ total_size: { gte: 5 } }))).toEqual([
      "flux-schnell.safetensors",
      "flux_dev.safetensors",
    ]);
    expect(names(await history.searchText("FLUX dev"))).toEqual(["flux_dev.safetensors"]);
  });

  it("B2: the first download after a restart does not wipe the history", async () => {
    const folder = await makeFolder(kind, { lookalike: small });
    const before = names(await (await folder.open()).history.getRecent());
    const { history } = await folder.open();
    await history.add(entry("first-after-restart"));
    expect(names(await history.getRecent())).toEqual([
      "first-after-restart",
      ...before.slice(0, 99),
    ]);
    const again = await folder.open();
    await again.history.deleteByFilename("first-after-restart");
    expect(await again.history.count()).toBe(99);
  });

  it("B8: adding from two openings at once loses no entry and sees no error", async () => {
    const folder = await makeFolder(kind);
    const [one, other] = [await folder.open(), await folder.open()];
    const wanted = Array.from({ length: 60 }, (_, index) => `m${index}`);
    await Promise.all(
      wanted.map((name, index) => (index % 2 === 0 ? one : other).history.add(entry(name))),
    );
    expect(names(await one.history.getRecent()).toSorted()).toEqual(wanted.toSorted());
  });
});
