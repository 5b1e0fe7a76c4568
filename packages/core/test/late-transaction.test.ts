import { setTimeout as sleep } from "node:timers/promises";
import {
  backendFrom,
  defineCollection,
  driverOf,
  memoryBackend,
  type StorageDriver,
  type Transaction,
} from "@cutover/core";
import { expect, test } from "vitest";

const notes = defineCollection({ name: "notes" });
const timeoutMs = 20;

async function readTwice(tx: Transaction): Promise<void> {
  await tx.collection(notes).get("a");
  await tx.collection(notes).get("b");
}

/** A store whose turn comes when the time for it is over. */
function lateStore(): StorageDriver {
  const driver = driverOf(memoryBackend());
  const begin: StorageDriver["begin"] = async (context) => {
    const transaction = await driver.begin(context);
    await sleep(timeoutMs * 2);
    return transaction;
  };
  return Object.create(driver, { begin: { value: begin } });
}

test("a transaction whose turn comes too late says so, and not that it has ended", async () => {
  const backend = backendFrom(lateStore());
  const late = backend.transaction(readTwice, { timeoutMs });
  await expect(late).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
});

test("a transaction that is aborted before its turn rejects with the reason", async () => {
  const backend = backendFrom(lateStore());
  const abort = new AbortController();
  const { signal } = abort;
  const late = backend.transaction(readTwice, { signal });
  await sleep(1);
  const reason = new Error("enough");
  abort.abort(reason);
  await expect(late).rejects.toBe(reason);
});
