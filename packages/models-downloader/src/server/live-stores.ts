import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isStorageError, StorageError } from "@cutover/core";
import type { StoresSource } from "../http/stores-source.ts";
import type { Stores } from "../stores/stores.ts";

/** What {@link LiveStores} is made with. */
export interface LiveStoresOptions {
  /** The application's folder. */
  readonly folder: string;
  /** Opens the stores that are in charge by now. */
  readonly open: () => Promise<Stores>;
}

/** Stores that are open, and by how many requests they are used. */
class OpenedStores {
  readonly stores: Stores;
  /** How often the folder had changed hands before they were opened. */
  readonly moves: number;
  #uses = 0;
  #isRetired = false;

  constructor(stores: Stores, moves: number) {
    this.stores = stores;
    this.moves = moves;
  }

  enter(): void {
    this.#uses += 1;
  }

  async leave(): Promise<void> {
    this.#uses -= 1;
    await this.#closeIfDone();
  }

  /** Closes the stores as soon as the last request has left them. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#closeIfDone();
  }

  async #closeIfDone(): Promise<void> {
    if (this.#isRetired && this.#uses === 0) await this.stores.close();
  }
}

/**
 * The stores of a folder, whichever are in charge: when the folder is migrated or rolled back, the
 * next request is served from the new ones. Looking costs reading one small folder a request.
 */
export class LiveStores implements StoresSource, AsyncDisposable {
  readonly #options: LiveStoresOptions;
  #current: OpenedStores | undefined;
  #opening: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: LiveStoresOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` with the stores in charge; again with stores opened anew when the folder moved and
   * its former store refused.
   * @throws StorageError BACKEND_CLOSED after `close()`, and what `work` and opening reject with
   */
  async use<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    for (;;) {
      const opened = await this.#entered();
      try {
        return await work(opened.stores);
      } catch (error) {
        // By a process that opened the store that is no longer in charge: nothing happened.
        const isOutdated = isStorageError(error, "STAGE_REFUSED") && (await this.#moved(opened));
        if (!isOutdated) throw error;
      } finally {
        await opened.leave();
      }
    }
  }

  async #moved({ moves }: OpenedStores): Promise<boolean> {
    return (await this.#moves()) !== moves;
  }

  /** The stores in charge, which stay open until they are left. */
  async #entered(): Promise<OpenedStores> {
    for (;;) {
      const moves = await this.#moves();
      if (this.#isClosed) throw new StorageError("BACKEND_CLOSED", "the server is shutting down");
      const current = this.#current;
      if (current?.moves === moves) {
        // At once: whoever opens the next ones closes these as soon as nobody is in them.
        current.enter();
        return current;
      }
      // An opening that others began may have been overtaken, too.
      await this.#openOnce(moves);
    }
  }

  #openOnce(moves: number): Promise<void> {
    this.#opening ??= this.#open(moves).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(moves: number): Promise<void> {
    const former = this.#current;
    this.#current = new OpenedStores(await this.#options.open(), moves);
    await former?.retire();
  }

  /**
   * Every change of what is in charge adds a record, and none is ever removed. Its time would not
   * do: changes within one tick of the file system's clock have the same.
   */
  async #moves(): Promise<number> {
    const history = join(this.#options.folder, ".cutover", "history");
    try {
      const names = await readdir(history);
      return names.filter((name) => name.startsWith("record-")).length;
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return 0;
      throw new StorageError("IO_FAILED", `cannot look at ${history}`, { cause });
    }
  }

  /** Closes the stores once the last request has left them. Closing twice is fine. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening?.catch(() => {});
    await this.#current?.retire();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
