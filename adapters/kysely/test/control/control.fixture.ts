// argv: path of the control store. Opens it, then does what it is told, one task at a time.
import { writeFileSync, readFileSync } from "node:fs";
import { isStorageError, type ControlLock, type LockMode } from "@cutover/core";
import type { CommitStep } from "../../src/control/committer.ts";
import { SqliteControlStore } from "../../src/control/sqlite-control-store.ts";

/** What another process can be told to do. */
export type ControlTask =
  | { readonly task: "lock"; readonly name: string; readonly mode: LockMode }
  | { readonly task: "release" }
  | { readonly task: "mark"; readonly keys: readonly string[] }
  | { readonly task: "dieInCommit"; readonly step: CommitStep }
  | { readonly task: "count"; readonly file: string; readonly times: number }
  | { readonly task: "commits"; readonly times: number }
  | { readonly task: "churn"; readonly seed: number; readonly times: number };

const [path = ""] = process.argv.slice(2);
let dieAt: CommitStep | undefined;
let lingering = false;
const control = new SqliteControlStore({
  path,
  nowMs: Date.now,
  pause: (step) => {
    if (step === dieAt) process.kill(process.pid, "SIGKILL");
    // Long enough for others to come between, if they can.
    if (lingering) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  },
});
const held: ControlLock[] = [];
const patient = { timeoutMs: 60_000 };

async function commitNext(): Promise<void> {
  const [record] = (await control.records()).filter(({ name }) => name === "r");
  const revision = record?.revision ?? 0;
  await control.commit([{ name: "r", revision, value: revision }], []);
}

/** Adds to a number in a file, which loses some unless nobody else does so meanwhile. */
async function count(file: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const lock = await control.lock("count", "exclusive", patient);
    const found = Number(readFileSync(file, "utf8"));
    // Others get every chance to come between.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    writeFileSync(file, String(found + 1));
    lock.release();
  }
}

async function tryCommit(): Promise<void> {
  try {
    await commitNext();
  } catch (error) {
    if (!isStorageError(error, "VERSION_CONFLICT")) throw error;
  }
}

/** Commits, and looks whether the records are always those of the generation around them. */
async function commits(times: number): Promise<void> {
  lingering = true;
  for (let time = 0; time < times; time++) {
    await tryCommit();
    const generation = control.generation();
    const [record] = await control.records();
    if (generation === undefined || control.generation() !== generation) continue;
    // A new store is of generation 1, and every commit here changes the one record.
    if (record?.revision !== generation - 1)
      throw new Error(`generation ${generation} has revision ${record?.revision}`);
  }
}

/** Marks, settles and clears. @returns the numbers of its marks */
async function churn(seed: number, times: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let time = 0; time < times; time++) {
    const key = `k${(seed + time * 7) % 5}`;
    const targets = [{ collection: "c", key }];
    const mark = await control.mark("u", targets);
    numbers.push(mark);
    const listed = await control.marks("u", 100);
    const own = listed.find((found) => found.key === key);
    if (own === undefined || own.writers < 1 || own.number < mark)
      throw new Error(`mark ${mark} of ${key} is not there while it is being written`);
    await control.clear("u", listed);
    await control.settle("u", { mark, targets, moved: time % 3 === 0 ? targets : [] });
    await control.clear("u", await control.marks("u", 100));
  }
  return numbers;
}

async function perform(told: ControlTask): Promise<unknown> {
  if (told.task === "lock") held.push(await control.lock(told.name, told.mode, patient));
  if (told.task === "release") for (const lock of held.splice(0)) lock.release();
  if (told.task === "mark")
    return control.mark(
      "u",
      told.keys.map((key) => ({ collection: "c", key })),
    );
  if (told.task === "count") await count(told.file, told.times);
  if (told.task === "commits") await commits(told.times);
  if (told.task === "churn") return churn(told.seed, told.times);
  if (told.task === "dieInCommit") {
    dieAt = told.step;
    await commitNext();
  }
  return undefined;
}

process.on("message", (task: ControlTask) => {
  perform(task).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : error }),
  );
});
process.on("disconnect", () => process.exit(0));
await control.open();
process.send?.({ result: "open" });
