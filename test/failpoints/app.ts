import { cutoverBackend, type AtFailpoint } from "@cutover/engine";
import type { ControlStore, StorageBackend } from "@cutover/core";
import { Journal, type Author } from "./journal.ts";
import { nowMs, openStores, unit } from "./subject.ts";
import { takeStep, type WriteStep } from "./write-step.ts";

/** Keeps an application from draining: what others leave behind stays as they left it. */
export const neverDrains: AtFailpoint = (point) => {
  if (point === "drain/listed") throw new Error("this process does not drain");
};

/** What an application may be made to do. */
export interface AppOptions {
  readonly at?: AtFailpoint | undefined;
  /** What it has for a control store. Default: the one of the folder, as it is. */
  readonly control?: (control: ControlStore) => ControlStore;
  /** It tells that a call is done when the call has not begun. Default: false. */
  readonly acknowledgesFirst?: boolean;
}

async function openBackend(folder: string, { at, control }: AppOptions): Promise<StorageBackend> {
  const stores = await openStores(folder);
  return cutoverBackend({
    old: stores.old,
    new: stores.new,
    control: control?.(stores.control) ?? stores.control,
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
  private readonly acknowledgesFirst: boolean;

  constructor(backend: StorageBackend, journal: Journal, acknowledgesFirst: boolean) {
    this.backend = backend;
    this.journal = journal;
    this.acknowledgesFirst = acknowledgesFirst;
  }

  /** Opens both stores of a folder as an application does. */
  static async open(folder: string, author: Author, options: AppOptions = {}): Promise<App> {
    const { acknowledgesFirst = false } = options;
    const backend = await openBackend(folder, options);
    return new App(backend, new Journal(folder, author), acknowledgesFirst);
  }

  async take(step: WriteStep): Promise<void> {
    const call = (): Promise<void> => takeStep(this.backend, step);
    if (!this.acknowledgesFirst) return this.journal.around(step, call);
    await this.journal.around(step, () => Promise.resolve());
    await call();
  }

  async close(): Promise<void> {
    await this.backend.close();
    this.journal.close();
  }
}
