import type { Capabilities, CollectionDefinition, StorageBackend } from "@cutover/core";
import type { SubjectOptions } from "./subject.ts";

/** What a clause may ask of a store beyond its collections. */
export interface OpenOptions extends Partial<Omit<SubjectOptions, "collections">> {
  /** Which store of the clause; equal names are the same store. Default: `store`. */
  readonly store?: string;
}

/** What a clause works with. Everything it opens is closed and removed after it. */
export interface ClauseContext {
  /** Capabilities of the adapter under test. */
  readonly capabilities: Capabilities;
  /** Folder of this clause alone; its stores and backups lie in it. */
  readonly location: string;
  /** How `info()` begins to name this clause's store. */
  readonly place: string;
  /**
   * How much of the suite's large counts to do, above 0 and up to 1. Clauses apply it only where a
   * smaller count still proves the same, less certainly.
   */
  readonly scale: number;
  /** Opens a fresh store with these collections, or the same one again. */
  open(
    collections: readonly CollectionDefinition[],
    options?: OpenOptions,
  ): Promise<StorageBackend>;
  /** Closes the store and opens it again, with the same options, from what it left behind. */
  reopen(backend: StorageBackend): Promise<StorageBackend>;
  /** Starts another process that has the same store open. */
  secondProcess(
    collections: readonly CollectionDefinition[],
    options?: Pick<OpenOptions, "store" | "lockTimeoutMs">,
  ): Promise<SecondProcess>;
  /** Makes a store out of a backup; its name is then good for {@link open}. */
  restore(backup: string, store: string): Promise<void>;
}

/** Another process with the same store open. It ends with the clause. */
export interface SecondProcess {
  /** Runs a named task there and returns its JSON result; see `second-process/tasks.ts`. */
  run(task: string, args?: unknown): Promise<unknown>;
  /** Kills it at once. */
  kill(): Promise<void>;
  /** Resolves when it has ended by itself, with its exit code, or null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** One promise of the contract, as a runnable proof. */
export interface Clause {
  /** Stable name: `topic/what-it-says`. */
  readonly id: string;
  /** What can be observed, as a sentence. */
  readonly title: string;
  /** Takes seconds or much memory: left out where a quick answer is wanted. Default: false. */
  readonly heavy?: boolean;
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
  /** The law, in prose. */
  readonly law: string;
  /** What passing does not prove. */
  readonly unproven: string;
  readonly clauses: readonly Clause[];
}
