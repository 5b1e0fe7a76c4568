import {
  backendFrom,
  defineCollection,
  driverOf,
  memoryBackend,
  StorageError,
  type DriverTransaction,
  type StorageBackend,
  type StorageDriver,
} from "@cutover/core";
import { expect, test } from "vitest";

const notes = defineCollection({ name: "notes" });

const lose: DriverTransaction["apply"] = async () => {
  throw new StorageError("LOCK_LOST", "somebody else came first");
};

/** A store in which somebody else always comes first, found out where the work writes. */
function contendedStore(begun: () => void): StorageBackend {
  const driver = driverOf(memoryBackend());
  const begin: StorageDriver["begin"] = async (context) => {
    begun();
    const transaction = await driver.begin(context);
    return Object.create(transaction, { apply: { value: lose } });
  };
  return backendFrom(Object.create(driver, { begin: { value: begin } }));
}

test("a transaction that is lost again and again ends with LOCK_TIMEOUT when its time is up", async () => {
  let times = 0;
  const backend = contendedStore(() => times++);
  const lost = backend.transaction((tx) => tx.collection(notes).put("a", 1), { timeoutMs: 500 });
  await expect(lost).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
  expect(times).toBeGreaterThan(1);
});

test("a transaction that is lost again and again ends when it is aborted", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  let times = 0;
  const backend = contendedStore(() => {
    if (++times === 5) abort.abort(reason);
  });
  const { signal } = abort;
  const lost = backend.transaction((tx) => tx.collection(notes).put("a", 1), { signal });
  await expect(lost).rejects.toBe(reason);
});
