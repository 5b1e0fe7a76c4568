import {
  isStorageError,
  type Collection,
  type CollectionDefinition,
  type JsonValue,
  type StorageBackend,
} from "@cutover/core";
import { trusted } from "../proof/trusted.ts";

/** What tasks may be told; each takes what it needs. */
export interface TaskArgs {
  readonly collection: string;
  readonly other: string;
  readonly key: string;
  readonly keys: readonly string[];
  readonly value: JsonValue;
  /** How often, how many. */
  readonly times: number;
}

type Task = (args: TaskArgs) => Promise<unknown>;

function numberIn(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Runs named tasks on the store of a second process. */
export class TaskRunner {
  closed = false;
  private readonly backend: StorageBackend;
  private readonly definitions: ReadonlyMap<string, CollectionDefinition>;
  private release: (() => void) | undefined;
  private held: Promise<void> | undefined;
  private readonly tasks: Readonly<Record<string, Task>> = {
    put: ({ collection, key, value }) => this.of(collection).put(key, value),
    get: async ({ collection, key }) => ({ value: await this.of(collection).get(key) }),
    find: ({ collection }) => this.of(collection).find(),
    increment: (args) => this.increment(args),
    insertEach: (args) => this.insertEach(args),
    putEach: (args) => this.putEach(args),
    hold: (args) => this.hold(args),
    letGo: () => this.letGo(),
    watch: (args) => this.watch(args),
    watchBoth: (args) => this.watchBoth(args),
    withdraw: (args) => this.withdraw(args),
    crashWhilePutting: (args) => this.crashWhilePutting(args),
    crashAfter: (args) => this.crashAfter(args),
    close: () => this.close(),
  };

  constructor(backend: StorageBackend, definitions: readonly CollectionDefinition[]) {
    this.backend = backend;
    this.definitions = new Map(definitions.map((definition) => [definition.name, definition]));
  }

  run(task: string, args: unknown): Promise<unknown> {
    const found = this.tasks[task];
    if (found === undefined) throw new Error(`there is no task "${task}"`);
    return found(trusted(args));
  }

  private definition(name: string): CollectionDefinition {
    const definition = this.definitions.get(name);
    if (definition === undefined) throw new Error(`there is no collection "${name}"`);
    return definition;
  }

  private of(name: string): Collection {
    return this.backend.collection(this.definition(name));
  }

  private async increment({ collection, key, times }: TaskArgs): Promise<void> {
    const counters = this.of(collection);
    for (let time = 0; time < times; time++)
      await counters.update(key, (current) => numberIn(current) + 1);
  }

  /** Inserts every key. @returns those that were not taken */
  private async insertEach({ collection, keys, value }: TaskArgs): Promise<string[]> {
    const won: string[] = [];
    for (const key of keys) {
      try {
        await this.of(collection).insert(key, value);
        won.push(key);
      } catch (error) {
        if (!isStorageError(error, "ALREADY_EXISTS")) throw error;
      }
    }
    return won;
  }

  private async putEach({ collection, keys, value }: TaskArgs): Promise<void> {
    for (const key of keys) await this.of(collection).put(key, value);
  }

  /** Begins a transaction, writes in it and leaves it open. Resolves once it has written. */
  private async hold({ collection, key, value }: TaskArgs): Promise<void> {
    const written = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    this.release = gate.resolve;
    this.held = this.backend.transaction(
      async (tx) => {
        await tx.collection(this.definition(collection)).put(key, value);
        written.resolve();
        await gate.promise;
      },
      { timeoutMs: 60_000 },
    );
    this.held.catch(written.reject);
    await written.promise;
  }

  private async letGo(): Promise<void> {
    this.release?.();
    await this.held;
  }

  /** Reads the collection over and over. @returns the distinct sets of values seen, as JSON */
  private async watch({ collection, times }: TaskArgs): Promise<string[]> {
    const seen = new Set<string>();
    for (let time = 0; time < times; time++) {
      const found = await this.of(collection).find();
      const values = new Set(found.map(({ value }) => JSON.stringify(value)));
      seen.add(JSON.stringify({ records: found.length, values: [...values] }));
    }
    return [...seen];
  }

  /** Reads one key of two collections in transactions. @returns how often they differed */
  private async watchBoth({ collection, other, key, times }: TaskArgs): Promise<number> {
    let differed = 0;
    for (let time = 0; time < times; time++) {
      await this.backend.transaction(async (tx) => {
        const one = await tx.collection(this.definition(collection)).get(key);
        const two = await tx.collection(this.definition(other)).get(key);
        if (one !== two) differed++;
      });
    }
    return differed;
  }

  /** Takes 100 from an account while all accounts together hold it. @returns how often it could */
  private async withdraw({ collection, key, times }: TaskArgs): Promise<number> {
    let taken = 0;
    for (let time = 0; time < times; time++) {
      taken += await this.backend.transaction(async (tx) => {
        const accounts = tx.collection(this.definition(collection));
        const found = await accounts.find();
        if (found.reduce((sum, { value }) => sum + numberIn(value), 0) < 100) return 0;
        await accounts.put(key, numberIn(await accounts.get(key)) - 100);
        return 1;
      });
    }
    return taken;
  }

  /** Ends this process without warning, so many turns of the event loop after a batch was begun. */
  private async crashWhilePutting({ collection, keys, value, times }: TaskArgs): Promise<void> {
    void this.of(collection).putMany(keys.map((key) => [key, value] as const));
    await turns(times);
    process.kill(process.pid, "SIGKILL");
  }

  /** Writes, and ends this process without warning once the last write is acknowledged. */
  private async crashAfter(args: TaskArgs): Promise<void> {
    await this.putEach(args);
    process.kill(process.pid, "SIGKILL");
  }

  private async close(): Promise<void> {
    await this.backend.close();
    this.closed = true;
  }
}
