import {
  type CollectionOperations,
  isStorageError,
  type StorageBackend,
  type Transaction,
} from "@cutover/core";
import type { AppendOperation } from "../../histories/append/append-transaction.ts";
import { Random } from "../../histories/load/random.ts";
import type { AppendJournal } from "./append-journal.ts";
import { collectionOf, collections, type List } from "./lists.ts";

/** Lists that are appended to at a time, in each collection. */
const slots = 3;
/** A list of this length is left, and its successor begun: what is read and written stays short. */
const longest = 24;
/** More than any process appends. */
const valuesPerProcess = 1_000_000;

class TakenBack extends Error {}

/** Transactions on lists, each written down before it begins and after it ended. */
export class AppendLoad {
  readonly #backend: StorageBackend;
  readonly #journal: AppendJournal;
  readonly #random: Random;
  readonly #generations = new Map<string, number>();
  #value: number;

  constructor(backend: StorageBackend, journal: AppendJournal, seed: number) {
    this.#backend = backend;
    this.#journal = journal;
    this.#random = new Random(seed);
    this.#value = seed * valuesPerProcess;
  }

  /** One transaction. @returns whether it is done */
  async step(): Promise<boolean> {
    const choice = this.#random.below(10);
    if (choice < 2) return this.#recorded([], () => this.#readMany());
    if (choice < 4) {
      const step = this.#append();
      return this.#recorded([step], () => this.#update(step));
    }
    const plan = Array.from({ length: 1 + this.#random.below(4) }, () =>
      this.#random.below(2) === 0 ? this.#append() : { kind: "read" as const, key: this.#key() },
    );
    const isTakenBack = this.#random.below(20) === 0;
    const appends = plan.flatMap((step) => (step.kind === "append" ? [step] : []));
    return this.#recorded(appends, () =>
      this.#backend.transaction(async (tx) => {
        const done: AppendOperation[] = [];
        for (const step of plan) done.push(await this.#carryOut(tx, step));
        if (isTakenBack) throw new TakenBack();
        return done;
      }),
    );
  }

  async #recorded(
    intent: readonly AppendOperation[],
    run: () => Promise<readonly AppendOperation[]>,
  ): Promise<boolean> {
    const id = this.#journal.invoked(intent);
    try {
      this.#journal.completed(id, "ok", await run());
      return true;
    } catch (error) {
      const isUnchanged =
        error instanceof TakenBack ||
        isStorageError(error, "LOCK_TIMEOUT") ||
        isStorageError(error, "LOCK_LOST");
      if (!isUnchanged && !isStorageError(error, "COMMIT_UNKNOWN")) throw error;
      this.#journal.completed(id, isUnchanged ? "fail" : "unknown", intent);
      return false;
    }
  }

  async #carryOut(
    tx: Transaction,
    step: Append | { readonly kind: "read"; readonly key: string },
  ): Promise<AppendOperation> {
    const list: CollectionOperations<List> = tx.collection(collectionOf(step.key));
    const items = (await list.get(step.key))?.items ?? [];
    this.#saw(step.key, items);
    if (step.kind === "read") return { ...step, values: items };
    await list.put(step.key, { items: [...items, step.value] });
    return step;
  }

  /** What it appended to is also what it read; only the last run counts. */
  async #update(step: Append): Promise<AppendOperation[]> {
    let seen: readonly number[] = [];
    await this.#backend.collection(collectionOf(step.key)).update(step.key, (current) => {
      seen = current?.items ?? [];
      return { items: [...seen, step.value] };
    });
    this.#saw(step.key, seen);
    return [{ kind: "read", key: step.key, values: seen }, step];
  }

  /** All lists of a collection that grow, in one call. */
  async #readMany(): Promise<AppendOperation[]> {
    const collection = collections[this.#random.below(collections.length)];
    if (collection === undefined) return [];
    const letter = collection.name.slice(-1);
    const keys = Array.from({ length: slots }, (_unused, slot) =>
      this.#current(`${letter}${slot}`),
    );
    const found = await this.#backend.collection(collection).getMany(keys);
    return keys.map((key) => {
      const values = found.get(key)?.items ?? [];
      this.#saw(key, values);
      return { kind: "read", key, values };
    });
  }

  #append(): Append {
    this.#value += 1;
    return { kind: "append", key: this.#key(), value: this.#value };
  }

  #key(): string {
    const letter = this.#random.below(2) === 0 ? "a" : "b";
    return this.#current(`${letter}${this.#random.below(slots)}`);
  }

  #current(slot: string): string {
    return `${slot}.${this.#generations.get(slot) ?? 0}`;
  }

  #saw(key: string, items: readonly number[]): void {
    const [slot = "", generation] = key.split(".");
    if (items.length >= longest) this.#generations.set(slot, Number(generation) + 1);
  }
}

interface Append {
  readonly kind: "append";
  readonly key: string;
  readonly value: number;
}
