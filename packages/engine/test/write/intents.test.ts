import {
  defineCollection,
  memoryControl,
  StorageError,
  type MarkTarget,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import { describe, expect, it } from "vitest";
import { Intents } from "../../src/write/intents.ts";

const items = defineCollection({ name: "items" });
const put: WriteOperation = {
  type: "put",
  collection: items,
  key: "a",
  value: 1,
  insert: false,
  ifVersion: undefined,
};
const done: WriteResult[] = [{ count: 1 }];

async function marked() {
  const control = memoryControl();
  await control.open();
  const intents = new Intents(control, "unit");
  const marks = async (): Promise<(MarkTarget & { writers: number })[]> =>
    (await control.marks("unit", 10)).map(({ collection, key, writers }) => ({
      collection,
      key,
      writers,
    }));
  return { control, intents, marks };
}

describe("a write between its mark and the mark's settlement", () => {
  it("is marked as being written from when it asks until it is over", async () => {
    const { intents, marks } = await marked();
    await intents.around([put], async (mark) => {
      expect(await marks()).toEqual([]);
      await mark();
      expect(await marks()).toEqual([{ collection: "items", key: "a", writers: 1 }]);
      return done;
    });
    expect(await marks()).toEqual([{ collection: "items", key: "a", writers: 0 }]);
  });

  it("has one mark, however often it asks", async () => {
    const { intents, marks } = await marked();
    await intents.around([put], async (mark) => {
      await Promise.all([mark(), mark()]);
      await mark();
      expect(await marks()).toEqual([{ collection: "items", key: "a", writers: 1 }]);
      return done;
    });
  });

  it("leaves no mark where it changed nothing and asked for none", async () => {
    const { intents, marks } = await marked();
    await intents.around([put], async () => done);
    const refusal = new StorageError("ALREADY_EXISTS", "there");
    await expect(intents.around([put], () => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(await marks()).toEqual([]);
  });

  it("hears why it could not be marked", async () => {
    const { control, intents, marks } = await marked();
    await control.close();
    const written = intents.around([put], async (mark) => {
      await mark();
      return done;
    });
    await expect(written).rejects.toMatchObject({ code: "BACKEND_CLOSED" });
    await expect(marks()).rejects.toThrow("closed");
  });

  it("is settled where it fails after the mark was made, though nobody waited for it", async () => {
    const { intents, marks } = await marked();
    const failure = new StorageError("DISK_FULL", "no room");
    const written = intents.around([put], async (mark) => {
      void mark();
      throw failure;
    });
    await expect(written).rejects.toBe(failure);
    expect(await marks()).toEqual([{ collection: "items", key: "a", writers: 0 }]);
  });
});
