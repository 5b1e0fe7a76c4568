import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type CommitPoint } from "../../src/store/commit-points.ts";
import { type FileVersion } from "../../src/store/file-version.ts";
import { type FileStore, fileStore } from "../../src/store/file-store.ts";
import { add, readCounter } from "./counter.ts";
import { tempFolder } from "./temp-folder.ts";

const files = ["a.json", "b.json"];

/** What a reader holds to be current just before and just after another store's claim. */
async function aroundClaim(
  beforeLook: (root: string, point: CommitPoint) => void,
): Promise<boolean[][]> {
  const root = tempFolder();
  const reader: FileStore = await fileStore({ root });
  const seen: boolean[][] = [];
  let versions: readonly FileVersion[] = [];
  const look = (): void => {
    seen.push(versions.map((version) => reader.isCurrent(version)));
  };
  const writer = await fileStore({
    root,
    // Nothing but the link lies between these two points, and both looks are synchronous.
    pause: (point) => {
      if (point !== "before-claim" && point !== "linked") return;
      beforeLook(root, point);
      look();
    },
  });
  await add(writer, { "a.json": 1, "b.json": 1 });
  versions = [...reader.snapshot(files).files.values()];
  seen.length = 0;
  await add(writer, { "a.json": 1, "b.json": 1 });
  expect(await readCounter(reader, "b.json")).toBe(2);
  await Promise.all([reader.close(), writer.close()]);
  return seen;
}

it("a claim makes the cached versions of all its files stale at once", async () => {
  expect(await aroundClaim(() => {})).toEqual([
    [true, true],
    [false, false],
  ]);
});

it("a claim is noticed also where the folder had been still for long", async () => {
  const past = new Date(Date.now() - 3_600_000);
  const seen = await aroundClaim((root, point) => {
    // Only before the claim: afterwards the folder has a new time.
    if (point === "linked") return;
    utimesSync(`${root}/.cutover/json/commits`, past, new Date(past.getTime() + 7));
  });
  expect(seen).toEqual([
    [true, true],
    [false, false],
  ]);
});

it("a claim is noticed also within one tick of the file system's clock", async () => {
  // The same time before and after, as a coarse clock gives it; ahead of now, so never settled.
  const tick = new Date(Date.now() + 60_000);
  const seen = await aroundClaim((root) => {
    utimesSync(`${root}/.cutover/json/commits`, tick, tick);
  });
  expect(seen).toEqual([
    [true, true],
    [false, false],
  ]);
});

it.each(["", ".cutover", ".cutover/json", ".cutover/json/commits"])(
  "the first commit of a folder is noticed by who has long read it without one, beside %j",
  async (there) => {
    const root = tempFolder();
    mkdirSync(`${root}/${there}`, { recursive: true });
    writeFileSync(`${root}/a.json`, "5");
    // Since long: then the folder's time is believed.
    const past = new Date(Date.now() - 3_600_000);
    utimesSync(`${root}/${there}`, past, new Date(past.getTime() + 7));
    const reader = await fileStore({ root });
    const version = reader.snapshot(["a.json"]).files.get("a.json");
    const looks: (boolean | undefined)[] = [];
    const look = (): void => {
      looks.push(version && reader.isCurrent(version));
    };
    const writer = await fileStore({
      root,
      pause: (point) => {
        if (point === "before-claim" || point === "linked") look();
      },
    });
    look();
    await add(writer, { "a.json": 1 });
    expect(looks).toEqual([true, true, false]);
    expect(await readCounter(reader, "a.json")).toBe(6);
    await Promise.all([reader.close(), writer.close()]);
  },
);

it("a commit to another file leaves a cached version current", async () => {
  const root = tempFolder();
  const [reader, writer] = await Promise.all([fileStore({ root }), fileStore({ root })]);
  await add(writer, { "a.json": 1 });
  const version = reader.snapshot(["a.json"]).files.get("a.json");
  await add(writer, { "b.json": 1 });
  expect(version && reader.isCurrent(version)).toBe(true);
  await Promise.all([reader.close(), writer.close()]);
});
