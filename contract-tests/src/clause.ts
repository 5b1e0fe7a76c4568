import type { Capabilities, CollectionDefinition, StorageBackend } from "@cutover/core";
import type { SubjectOptions } from "./subject.ts";

/** What a clause works with. Everything it opens is closed and removed after it. */
export interface ClauseContext {
  /** Capabilities of the adapter under test. */
  readonly capabilities: Capabilities;
  /** Folder of this clause alone; stores opened with the same name share it. */
  readonly location: string;
  /** Opens a fresh store with these collections, or the same one again. */
  open(
    collections: readonly CollectionDefinition[],
    options?: Partial<SubjectOptions>,
  ): Promise<StorageBackend>;
  /** Closes the store and opens it again, from what it left behind. */
  reopen(backend: StorageBackend): Promise<StorageBackend>;
  /** Starts another process that has the same store open. */
  secondProcess(collections: readonly CollectionDefinition[]): Promise<SecondProcess>;
}

/** Another process with the same store open. It ends with the clause. */
export interface SecondProcess {
  /** Runs a named task there and returns its JSON result; see `second-process/tasks.ts`. */
  run(task: string, args?: unknown): Promise<unknown>;
  /** Kills it at once. */
  kill(): Promise<void>;
}

/** One promise of the contract, as a runnable proof. */
export interface Clause {
  /** Stable name: `topic/what-it-says`. */
  readonly id: string;
  /** What can be observed, as a sentence. */
  readonly title: string;
  /** The law in prose, for readers of the contract. One clause may share its law with others. */
  readonly law: string;
  /** Which capabilities the clause needs; where they are off, {@link without} runs instead. */
  readonly needs?: (capabilities: Capabilities) => boolean;
  /** The opposite: what holds where the capability is off. */
  readonly without?: (context: ClauseContext) => Promise<void>;
  /** Throws when the promise is broken. Uses `node:assert/strict`, so that it runs anywhere. */
  readonly run: (context: ClauseContext) => Promise<void>;
}

/** Clauses that belong together. */
export interface Topic {
  readonly name: string;
  /** What the topic is about, and what passing it does not prove. */
  readonly about: string;
  readonly clauses: readonly Clause[];
}
