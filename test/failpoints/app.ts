import { cutoverBackend, type AtFailpoint } from "@cutover/engine";
import type { StorageBackend } from "@cutover/core";
import { Journal, type Author } from "./journal.ts";
import { nowMs, openStores, unit, type Stores } from "./subject.ts";
import { takeStep, type WriteStep } from "./write-step.ts";

/** Keeps an application from draining: what others leave behind stays as they left it. */
export const neverDrains: AtFailpoint = (point) => {
  if (point === "drain/listed") throw new Error("this process does not drain");
};

/** Opens both stores of a folder as an application does. */
export async function openBackend(folder: string, at?: AtFailpoint): Promise<StorageBackend> {
  const stores: Stores = await openStores(folder);
  return cutoverBackend({
    old: stores.old,
    new: stores.new,
    control: stores.control,
    units: [unit],
    clock: () => nowMs,
    closes: [stores.old, stores.new, stores.control],
    ...(at === undefined ? {} : { at }),
  });
}

/** An application that writes down its calls. */
export class App {
  readonly backend: StorageBackend;
  private readonly journal: Journal;

  constructor(backend: StorageBackend, journal: Journal) {
    this.backend = backend;
    this.journal = journal;
  }

  static async open(folder: string, author: Author, at?: AtFailpoint): Promise<App> {
    return new App(await openBackend(folder, at), new Journal(folder, author));
  }

  take(step: WriteStep): Promise<void> {
    return this.journal.around(step, () => takeStep(this.backend, step));
  }

  async close(): Promise<void> {
    await this.backend.close();
    this.journal.close();
  }
}
