import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { noLock } from "../../src/lock/no-lock.ts";
import { type CommitPoint } from "../../src/store/commit-points.ts";
import { type FileStore, fileStore } from "../../src/store/file-store.ts";
import { StoreConflict } from "../../src/store/store-conflict.ts";
import { add, addOnce, readCounter } from "./counter.ts";
import { lateGateAt } from "./gate.ts";
import { leftovers, tempFolder } from "./temp-folder.ts";

const file = "counter.json";

async function lateCommit(
  point: CommitPoint,
  meanwhile: number,
): Promise<{ outcome: unknown; other: FileStore; late: FileStore; root: string }> {
  const root = tempFolder();
  const gate = lateGateAt(point);
  const late = await fileStore({ root, lock: noLock(), pause: gate.pause });
  const other = await fileStore({ root, lock: noLock() });
  await add(late, { [file]: 1 });
  gate.arm();
  const outcome = addOnce(late, { [file]: 1 }).then(
    () => "committed",
    (error: unknown) => error,
  );
  await gate.reached;
  for (let done = 0; done < meanwhile; done += 1) await add(other, { [file]: 1 });
  gate.open();
  return { outcome: await outcome, other, late, root };
}

it.each([1, 4, 5, 6, 20, 100])(
  "a claim that comes %i commits late is refused, though its name may be free again",
  async (meanwhile) => {
    const { outcome, other, late, root } = await lateCommit("before-claim", meanwhile);
    expect(outcome).toBeInstanceOf(StoreConflict);
    expect(await readCounter(other, file)).toBe(1 + meanwhile);
    expect(await readCounter(late, file)).toBe(1 + meanwhile);
    await add(other, { [file]: 1 });
    expect(await readCounter(late, file)).toBe(2 + meanwhile);
    await Promise.all([late.close(), other.close()]);
    expect(leftovers(root)).toEqual([]);
  },
);

it.each([1, 4, 5, 6, 20, 60])(
  "a writer that wakes %i commits after its claim learns that it was in force",
  async (meanwhile) => {
    const { outcome, other, late, root } = await lateCommit("linked", meanwhile);
    expect(outcome).toBe("committed");
    expect(await readCounter(other, file)).toBe(2 + meanwhile);
    await Promise.all([late.close(), other.close()]);
    expect(leftovers(root)).toEqual([]);
  },
);

it("a writer that wakes 100 commits after its claim says that it does not know", async () => {
  const { outcome, other, late } = await lateCommit("linked", 100);
  expect(outcome).toMatchObject({ code: "COMMIT_UNKNOWN" });
  expect(await readCounter(other, file)).toBe(102);
  await Promise.all([late.close(), other.close()]);
});

it.each<CommitPoint>(["target-opened", "before-rename", "renamed", "targets-renamed"])(
  "a writer that wakes at %s moves nothing over newer data",
  async (point) => {
    const { outcome, other, late } = await lateCommit(point, 20);
    expect(outcome).toBe("committed");
    expect(await readCounter(other, file)).toBe(22);
    await Promise.all([late.close(), other.close()]);
  },
);

it("a snapshot that somebody else has overtaken cannot be committed on", async () => {
  const root = tempFolder();
  const [first, second] = await Promise.all([fileStore({ root }), fileStore({ root })]);
  const base = first.snapshot([file, "other.json"]);
  await add(second, { "other.json": 1 });
  await expect(first.commit(base, new Map([[file, []]]))).rejects.toMatchObject({
    name: "StoreConflict",
    reason: "revision",
  });
  expect(await readCounter(first, "other.json")).toBe(1);
  await Promise.all([first.close(), second.close()]);
});

it("the state folder stays small however many commits there are", async () => {
  const root = tempFolder();
  const store = await fileStore({ root });
  for (let done = 0; done < 30; done += 1) await add(store, { [file]: 1 });
  await store.close();
  expect(readdirSync(`${root}/.cutover/json/commits`)).toHaveLength(5);
  expect(readdirSync(root)).toEqual([".cutover", file]);
});
