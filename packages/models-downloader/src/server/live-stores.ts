import { stat } from "node:fs/promises";
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
  readonly #stamp: string;
  #uses = 0;
  #isRetired = false;

  constructor(stores: Stores, stamp: string) {
    this.stores = stores;
    this.#stamp = stamp;
  }

  isOf(stamp: string): boolean {
    return this.#stamp === stamp;
  }

  async use<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    this.#uses += 1;
    try {
      return await work(this.stores);
    } finally {
      this.#uses -= 1;
      await this.#closeIfDone();
    }
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
 * next request is served from the new ones. Looking costs one `stat` a request.
 */
export class LiveStores implements StoresSource, AsyncDisposable {
  readonly #options: LiveStoresOptions;
  #current: OpenedStores | undefined;
  #opening: Promise<OpenedStores> | undefined;
  #isClosed = false;

  constructor(options: LiveStoresOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` with the stores in charge; once more with stores opened anew when a
   * migration forbade its write.
   * @throws StorageError BACKEND_CLOSED after `close()`, and what `work` and opening reject with
   */
  async use<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    const opened = await this.#latest();
    try {
      return await opened.use(work);
    } catch (error) {
      // The write of a process that opened the store that is no longer in charge: nothing happened.
      if (!isStorageError(error, "STAGE_REFUSED")) throw error;
      const next = await this.#otherThan(opened, error);
      if (next === undefined) throw error;
      return next.use(work);
    }
  }

  /** @returns undefined where the folder did not move, so that the same would be refused again */
  async #otherThan(opened: OpenedStores, refusal: StorageError): Promise<OpenedStores | undefined> {
    const latest = await this.#latest();
    if (latest !== opened) return latest;
    // The files themselves say that they moved: within one tick of the file system's clock the
    // folder's stamp is still the same.
    return refusal.backend === "json" ? this.#openOnce(await this.#stamp()) : undefined;
  }

  async #latest(): Promise<OpenedStores> {
    if (this.#isClosed) throw new StorageError("BACKEND_CLOSED", "the server is shutting down");
    const stamp = await this.#stamp();
    if (this.#current?.isOf(stamp) === true) return this.#current;
    return this.#openOnce(stamp);
  }

  #openOnce(stamp: string): Promise<OpenedStores> {
    this.#opening ??= this.#open(stamp).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(stamp: string): Promise<OpenedStores> {
    const former = this.#current;
    const opened = new OpenedStores(await this.#options.open(), stamp);
    this.#current = opened;
    await former?.retire();
    return opened;
  }

  /** Every change of what is in charge adds a file to this folder. */
  async #stamp(): Promise<string> {
    const history = join(this.#options.folder, ".cutover", "history");
    try {
      const { ino, mtimeNs } = await stat(history, { bigint: true });
      return `${ino} ${mtimeNs}`;
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return "never";
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
