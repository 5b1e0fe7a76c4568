// Writes records for ever and says on standard output, after each call resolved, what is now durable.
import { writeSync } from "node:fs";
import { defineCollection, integer, type StorageBackend } from "@cutover/core";

const [kind = "", folder = "", round = "0"] = process.argv.slice(2);

const counters = defineCollection<{ n: number }>({ name: "counters", fields: { n: integer() } });
const ledger = defineCollection<{ n: number }>({ name: "ledger", fields: { n: integer() } });

async function open(): Promise<StorageBackend> {
  const collections = [counters, ledger];
  if (kind === "json") {
    const { jsonBackend } = await import("@cutover/json");
    return jsonBackend({ folder, collections });
  }
  const { sqliteBackend } = await import("@cutover/kysely/sqlite");
  return sqliteBackend({ path: `${folder}/data.db`, collections });
}

const backend = await open();
const acknowledge = (what: string): void => {
  writeSync(1, `${what}\n`);
};
acknowledge("open");
for (let step = 0; ; step++) {
  const key = `r${round}-${step}`;
  await backend.collection(counters).put(key, { n: step });
  acknowledge(`put ${key}`);
  const { n } = await backend
    .collection(counters)
    .update("total", (current) => ({ n: (current?.n ?? 0) + 1 }));
  acknowledge(`total ${n}`);
  // Both or neither: the sum of the two ledgers is always zero.
  await backend.transaction(async (tx) => {
    const accounts = tx.collection(ledger);
    const totals = tx.collection(counters);
    const debit = (await accounts.get("debit"))?.n ?? 0;
    await accounts.put("debit", { n: debit + 1 });
    await totals.put("credit", { n: -(debit + 1) });
  });
  acknowledge(`pair ${key}`);
}
