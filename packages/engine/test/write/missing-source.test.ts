import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection, driverOf, memoryBackend, replicaOf, type Replica } from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import { expect, it, onTestFinished } from "vitest";
import { checkMissing } from "../../src/write/missing-source.ts";

const notes = defineCollection({ name: "notes" });
const unit = { name: "all", collections: [notes] };
const put = { type: "put", collection: notes, key: "b", value: 2, insert: false } as const;
const operations = [{ ...put, ifVersion: undefined }];

interface Scene {
  readonly stores: Parameters<typeof checkMissing>[0];
}

/** @param meanwhile done before the mirror says that it has a record */
async function sceneOf(meanwhile: (folder: string) => Promise<void>): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-missing-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const authority = await jsonBackend({ folder, collections: [notes] });
  onTestFinished(() => authority.close());
  const copy = memoryBackend();
  await copy.collection(notes).put("a", 1);
  const mirror: Replica = new Proxy(replicaOf(copy), {
    get(target, name, receiver): unknown {
      if (name !== "size") return Reflect.get(target, name, receiver);
      return async () => {
        await meanwhile(folder);
        return target.size(notes);
      };
    },
  });
  return { stores: { authority: driverOf(authority), mirror } };
}

it("a collection that only the mirror has records of is not written to", async () => {
  const { stores } = await sceneOf(async () => {});
  await expect(checkMissing(stores, unit, operations)).rejects.toMatchObject({ code: "DIVERGED" });
});

it("a collection whose first record another process has just written, and mirrored, is not missing", async () => {
  const { stores } = await sceneOf(async (folder) => {
    const other = await jsonBackend({ folder, collections: [notes] });
    await other.collection(notes).put("a", 1);
    await other.close();
  });
  await expect(checkMissing(stores, unit, operations)).resolves.toBeUndefined();
});
