import { readFileSync, writeFileSync } from "node:fs";
import { isStorageError, type ControlLock, type ControlStore, type LockMode } from "@cutover/core";
import type { CommitStep } from "../../src/control/committer.ts";

/** What another process can be told to do. */
export type ControlTask =
  | { readonly task: "lock"; readonly name: string; readonly mode: LockMode }
  | { readonly task: "release" }
  | { readonly task: "mark"; readonly keys: readonly string[] }
  | { readonly task: "commit" }
  /** Only a store whose commit has steps. */
  | { readonly task: "dieInCommit"; readonly step: CommitStep }
  | { readonly task: "count"; readonly file: string; readonly times: number }
  | { readonly task: "commits"; readonly times: number }
  | { readonly task: "churn"; readonly seed: number; readonly times: number };

const patient = { timeoutMs: 60_000 };

/** Carries out tasks on one store. */
export class ControlTasks {
  private readonly control: ControlStore;
  private readonly held: ControlLock[] = [];

  constructor(control: ControlStore) {
    this.control = control;
  }

  async perform(told: ControlTask): Promise<unknown> {
    const { control, held } = this;
    if (told.task === "lock") held.push(await control.lock(told.name, told.mode, patient));
    if (told.task === "release") for (const lock of held.splice(0)) lock.release();
    if (told.task === "mark") {
      const targets = told.keys.map((key) => ({ collection: "c", key }));
      return control.mark("u", targets);
    }
    if (told.task === "count") await this.count(told.file, told.times);
    if (told.task === "commits") await this.commits(told.times);
    if (told.task === "churn") return this.churn(told.seed, told.times);
    if (told.task === "commit" || told.task === "dieInCommit") await this.commitNext();
    return undefined;
  }

  private async commitNext(): Promise<void> {
    const [record] = (await this.control.records()).filter(({ name }) => name === "r");
    const revision = record?.revision ?? 0;
    await this.control.commit([{ name: "r", revision, value: revision }], []);
  }

  /** Adds to a number in a file, which loses some unless nobody else does so meanwhile. */
  private async count(file: string, times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const lock = await this.control.lock("count", "exclusive", patient);
      const found = Number(readFileSync(file, "utf8"));
      // Others get every chance to come between.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      writeFileSync(file, String(found + 1));
      lock.release();
    }
  }

  private async tryCommit(): Promise<void> {
    try {
      await this.commitNext();
    } catch (error) {
      if (!isStorageError(error, "VERSION_CONFLICT")) throw error;
    }
  }

  /** Commits, and looks whether the records are always those of the generation around them. */
  private async commits(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      await this.tryCommit();
      const generation = await this.control.generation();
      const [record] = await this.control.records();
      if (generation === undefined || (await this.control.generation()) !== generation) continue;
      // A new store is of generation 1, and every commit here changes the one record.
      if (record?.revision !== generation - 1)
        throw new Error(`generation ${generation} has revision ${record?.revision}`);
    }
  }

  /** Marks, settles and clears. @returns the numbers of its marks */
  private async churn(seed: number, times: number): Promise<number[]> {
    const { control } = this;
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
}

/** Opens a store, and carries out what the parent process says, one task at a time. */
export async function serveTasks(
  control: ControlStore,
  before: (told: ControlTask) => void = () => {},
): Promise<void> {
  const tasks = new ControlTasks(control);
  process.on("message", (told: ControlTask) => {
    before(told);
    tasks.perform(told).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : error }),
    );
  });
  process.on("disconnect", () => process.exit(0));
  await control.open();
  process.send?.({ result: "open" });
}
