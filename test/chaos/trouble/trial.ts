import { StorageError, type StorageBackend } from "@cutover/core";
import { collections, counters, ledger } from "../kill-loop/counters.ts";
import type { Subject } from "../subject.ts";

/** How calls ended while something was wrong, and what that broke. */
export interface TrialReport {
  /** By call: `done` or an error's code. */
  readonly outcomes: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

type Pair = readonly [number, number];

/** Makes trouble for a store that nobody has open. @returns what ends it */
export type Trouble = () => Promise<() => void> | (() => void);

/**
 * Opens a store in trouble, reads and writes it, and looks at it when the trouble is over. What was
 * acknowledged must be there, what was refused must not, and refusals must be typed.
 */
export async function trial(subject: Subject, trouble: Trouble): Promise<TrialReport> {
  await put(subject, 1);
  // The mirror's files are there, too.
  await subject.compare();
  const run = new Trial();
  const end = await trouble();
  try {
    await run.underTrouble(subject);
  } finally {
    end();
  }
  await run.afterwards(subject);
  return run;
}

async function put(subject: Subject, n: number): Promise<void> {
  const backend = await subject.open();
  await write(backend, n);
  await backend.close();
}

async function write(backend: StorageBackend, n: number): Promise<void> {
  await backend.transaction(async (tx) => {
    for (const collection of collections) await tx.collection(collection).put("x", { n });
  });
}

async function read(backend: StorageBackend): Promise<Pair> {
  const first = await backend.collection(counters).get("x");
  const second = await backend.collection(ledger).get("x");
  return [first?.n ?? 0, second?.n ?? 0];
}

class Trial implements TrialReport {
  readonly outcomes: Record<string, string> = {};
  readonly problems: string[] = [];
  #possible: readonly Pair[] = [[1, 1]];

  async underTrouble(subject: Subject): Promise<void> {
    const backend = await this.#try("open", () => subject.open());
    if (backend === undefined) return;
    const found = await this.#try("read", () => read(backend));
    if (found !== undefined) this.#expect(found, "in trouble");
    await this.#commit(
      "put",
      ([, second]) => [2, second],
      () => backend.collection(counters).put("x", { n: 2 }),
    );
    await this.#commit(
      "transaction",
      () => [3, 3],
      () => write(backend, 3),
    );
    await this.#try("close", () => backend.close());
  }

  /** Nothing of the trouble is left: the store opens, holds what it may, and can be written. */
  async afterwards(subject: Subject): Promise<void> {
    try {
      const backend = await subject.open();
      this.#expect(await read(backend), "afterwards");
      await write(backend, 4);
      await backend.close();
      const report = await subject.compare();
      if (report?.isClean === false) this.problems.push("the two stores differ afterwards");
    } catch (error) {
      this.problems.push(`afterwards: ${String(error)}`);
    }
  }

  async #commit(
    name: string,
    next: (before: Pair) => Pair,
    work: () => Promise<void>,
  ): Promise<void> {
    await this.#try(name, work);
    const after = this.#possible.map(next);
    const outcome = this.outcomes[name];
    if (outcome === "done") this.#possible = after;
    if (outcome === "COMMIT_UNKNOWN") this.#possible = [...this.#possible, ...after];
  }

  async #try<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      this.outcomes[name] = "done";
      return result;
    } catch (error) {
      const isTyped = error instanceof StorageError;
      this.outcomes[name] = isTyped ? error.code : "untyped";
      if (!isTyped) this.problems.push(`${name} rejects with ${String(error)}`);
      return undefined;
    }
  }

  #expect(found: Pair, when: string): void {
    const isPossible = this.#possible.some(([x, y]) => x === found[0] && y === found[1]);
    if (isPossible) this.#possible = [found];
    else this.problems.push(`${when} it holds ${found.join()}, not ${this.#possible.join(" or ")}`);
  }
}
