// Waits for `go`, opens a store and commits twice; waits for `again` and commits once more. Tells
// after each step how it ended, as a line of JSON. argv: json|sqlite, folder
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { StorageError, type StorageBackend } from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { a, b, values } from "./collections.ts";

const [kind = "", folder = ""] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const collections = [a, b];
const open = async (): Promise<StorageBackend> =>
  kind === "json"
    ? jsonBackend({ folder, collections, lockTimeoutMs: 4000 })
    : sqliteBackend({ path: `${folder}/data.db`, collections });

async function told(step: string, work: () => Promise<unknown>): Promise<boolean> {
  let told: Record<string, unknown>;
  try {
    told = { step, value: (await work()) ?? null };
  } catch (error) {
    const code = error instanceof StorageError ? error.code : "untyped";
    told = { step, code, message: error instanceof Error ? error.message : String(error) };
  }
  writeSync(1, `${JSON.stringify(told)}\n`);
  return !("code" in told);
}

let backend: StorageBackend | undefined;
writeSync(1, `${JSON.stringify({ step: "ready" })}\n`);
await lines.next();
await told("open", async () => {
  backend = await open();
});
if (backend !== undefined) {
  const store = backend;
  await told("first", () =>
    store
      .collection(a)
      .put("x", { n: 1 })
      .then(() => 1),
  );
  await told("second", () =>
    store.transaction(async (tx) => {
      for (const collection of collections) await tx.collection(collection).put("x", { n: 2 });
    }),
  );
}
writeSync(1, `${JSON.stringify({ step: "over" })}\n`);
await lines.next();
backend ??= await open();
const store = backend;
await told("read", () => values(store));
await told("third", () =>
  store
    .collection(a)
    .put("x", { n: 3 })
    .then(() => 3),
);
await told("close", () => store.close());
process.exit(0);
