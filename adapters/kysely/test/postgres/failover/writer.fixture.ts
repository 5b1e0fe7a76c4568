// One of several processes that write for as long as they are told to, and say what was acknowledged.
import { isStorageError, type ErrorCode } from "@cutover/core";
import { postgresBackend } from "@cutover/kysely/postgres";
import { counters, notes, type Report } from "./collections.ts";

const [url = "", name = ""] = process.argv.slice(2);
const run = { going: true };
let before = 0;
process.on("message", (message) => {
  if (message === "mark") before = inserted.length;
  else run.going = false;
});
process.on("disconnect", () => process.exit(1));
const backend = postgresBackend({ connectionString: url, poolSize: 4, connectTimeoutMs: 30_000 });
const inserted: string[] = [];
const errors: Partial<Record<ErrorCode, number>> = {};
let increments = 0;
let unknown = 0;
let lastSuccessMs = performance.now();
let longestPauseMs = 0;

/** @returns whether it was acknowledged */
async function attempt(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
  } catch (error) {
    if (!isStorageError(error)) throw error;
    errors[error.code] = (errors[error.code] ?? 0) + 1;
    if (error.code === "COMMIT_UNKNOWN") unknown++;
    return false;
  }
  const now = performance.now();
  longestPauseMs = Math.max(longestPauseMs, now - lastSuccessMs);
  lastSuccessMs = now;
  return true;
}

await backend.collection(notes).get("nothing");
process.send?.("ready");
for (let number = 0; run.going; number++) {
  const key = `${name}-${number}`;
  if (await attempt(() => backend.collection(notes).insert(key, { by: name }))) inserted.push(key);
  const increment = (): Promise<unknown> =>
    backend.collection(counters).update("all", (counter) => ({ count: (counter?.count ?? 0) + 1 }));
  if (await attempt(increment)) increments++;
}
await backend.close();
const insertedSince = inserted.length - before;
const report: Report = {
  inserted,
  insertedSince,
  increments,
  unknown,
  errors,
  longestPauseMs,
};
process.send?.(report, () => process.exit(0));
