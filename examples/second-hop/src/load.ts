import type { StorageBackend } from "@cutover/core";
import { models, type Model } from "./models.ts";

const workers = 2;
const keysOfWorker = 20;

interface Awaited {
  readonly served: number;
  readonly reached: () => void;
}

/**
 * An application at work: each worker writes records of its own and reads what it wrote last. An
 * answer that is not what was acknowledged, and a request that fails, end it.
 */
export class Load {
  /** What was acknowledged, by key. */
  readonly acknowledged = new Map<string, Model>();
  #served = 0;
  #isStopped = true;
  #running: Promise<unknown> = Promise.resolve();
  #awaited: Awaited[] = [];

  get served(): number {
    return this.#served;
  }

  /** Begins to work, on this storage until it is stopped. */
  start(storage: StorageBackend): void {
    this.#isStopped = false;
    const work = Array.from({ length: workers }, (_, worker) => this.#work(storage, worker));
    this.#running = Promise.all(work);
    // Told by whoever waits for requests, and by `stop`.
    this.#running.catch(() => {});
  }

  /** Waits until so many requests more were served. @throws what a request ended with */
  async serve(more: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awaited.push({ served: this.#served + more, reached: resolve });
    await Promise.race([promise, this.#running]);
  }

  /** Ends when the requests under way have. @throws what a request ended with */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #work(storage: StorageBackend, worker: number): Promise<void> {
    for (let round = 0; !this.#isStopped; round++) {
      const key = `worker ${worker}, model ${round % keysOfWorker}`;
      const value = { source: "download", size: this.#served };
      const collection = storage.collection(models);
      await collection.put(key, value);
      this.acknowledged.set(key, value);
      this.#count();
      const found = await collection.get(key);
      if (found?.size !== value.size) throw new Error(`${key} is not what was acknowledged`);
      this.#count();
    }
  }

  #count(): void {
    this.#served += 1;
    for (const { served, reached } of this.#awaited) if (served <= this.#served) reached();
    this.#awaited = this.#awaited.filter(({ served }) => served > this.#served);
  }
}
