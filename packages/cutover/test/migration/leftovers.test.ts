import { randomUUID } from "node:crypto";
import { mkdir, utimes, watch, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findLeftovers } from "../../src/migration/leftovers.ts";
import { migrate } from "../../src/migration/migrate.ts";
import { durableTemp, replaceDurably } from "../../src/state/write-durably.ts";
import { lookalikeFolder, namesIn } from "./scene.ts";

const twoHoursMs = 7_200_000;

async function draftIn(folder: string, ageMs: number): Promise<string> {
  const path = join(folder, `.cutover-${randomUUID()}.tmp`);
  await writeFile(path, "half of");
  const then = new Date(Date.now() - ageMs);
  await utimes(path, then, then);
  return path;
}

it("drafts of files that commands died over are found and removed once they are nobody's any more", async () => {
  const target = await lookalikeFolder();
  const history = join(target.folder, ".cutover", "history");
  await mkdir(history, { recursive: true });
  const folders = [target.folder, join(target.folder, ".cutover"), history];
  const old = await Promise.all(folders.map((folder) => draftIn(folder, twoHoursMs)));
  const recent = await draftIn(target.folder, 0);
  const before = await namesIn(target);
  expect((await findLeftovers(target)).toSorted()).toEqual(old.toSorted());
  const { notes } = await migrate(target);
  expect(notes).toEqual(old.map((path) => expect.stringContaining(path)));
  expect(await findLeftovers(target)).toEqual([]);
  await utimes(recent, 0, 0);
  expect(await findLeftovers(target)).toEqual([recent]);
  expect(await namesIn(target)).toEqual(expect.arrayContaining(before));
});

it("a draft is known by its name", async () => {
  const { folder } = await lookalikeFolder();
  const stop = new AbortController();
  const names = new Set<string | null>();
  const events = watch(folder, { signal: stop.signal });
  const watching = (async (): Promise<void> => {
    for await (const { filename } of events) {
      names.add(filename);
      if (names.size === 2) return;
    }
  })();
  await replaceDurably(join(folder, "notes.txt"), "whole");
  await watching;
  stop.abort();
  const [draft, ...rest] = [...names].filter((name) => name !== "notes.txt");
  expect([draft, rest]).toEqual([expect.stringMatching(durableTemp), []]);
});
