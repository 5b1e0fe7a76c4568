import { type JsonObject, StorageError } from "@cutover/core";
import { historyEntry } from "../repositories/download-history-repository.ts";
import type { FinishedDownload, Stores } from "../stores/stores.ts";
import { failureOf } from "./failure.ts";
import type { DownloadRequest, HttpServices, TransferOutcome } from "./http-services.ts";
import { localMicroseconds } from "./local-time.ts";
import type { StoresSource } from "./stores-source.ts";

/** What {@link Downloads} is made with. */
export interface DownloadsOptions {
  readonly stores: StoresSource;
  readonly services: HttpServices;
  /** Told of every download whose end could not be noted, without any token. Default: nothing. */
  readonly onFailure?: (line: string) => void;
}

/** A download that is asked for. */
export interface Download {
  readonly request: Omit<DownloadRequest, "signal">;
  /** What will be known of the model once its file is there. */
  readonly metadata: () => JsonObject;
}

/** Downloads under way. They outlive the requests that start them, and the stores they began with. */
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting: Download[] = [];
  readonly #stop = new AbortController();
  #queued = 0;
  #limit = 0;
  #isDraining = false;

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  isUnderWay(id: string): boolean {
    return this.#running.has(id) || this.#waiting.some(({ request }) => request.id === id);
  }

  /** Starts a download at once. @throws StorageError BACKEND_CLOSED once it is waited for the last */
  start(download: Download): void {
    this.#assertOpen();
    void this.#run(download);
  }

  /**
   * Starts a download when fewer than `limit` of those that wait their turn are running.
   * @param limit - 0 for any number; from now on for all that wait
   * @throws StorageError BACKEND_CLOSED once it is waited for the last
   */
  enqueue(download: Download, limit: number): void {
    this.#assertOpen();
    this.#waiting.push(download);
    this.#limit = limit;
    this.#startWaiting();
  }

  #assertOpen(): void {
    if (this.#isDraining) throw new StorageError("BACKEND_CLOSED", "the server is shutting down");
  }

  #startWaiting(): void {
    while (this.#limit === 0 || this.#queued < this.#limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#queued += 1;
      void this.#run(next).then(() => {
        this.#queued -= 1;
        this.#startWaiting();
      });
    }
  }

  #run(download: Download): Promise<void> {
    const { id } = download.request;
    const ended = this.#transfer(download)
      .then((outcome) => this.#note(download, outcome))
      .finally(() => this.#running.delete(id));
    this.#running.set(id, ended);
    return ended;
  }

  async #transfer({ request }: Download): Promise<TransferOutcome> {
    const { signal } = this.#stop;
    try {
      const outcome = await this.#options.services.download?.({ ...request, signal });
      return outcome ?? { status: "cancelled" };
    } catch (error) {
      if (signal.aborted) return { status: "cancelled" };
      return { status: "error", error: error instanceof Error ? error.message : null };
    }
  }

  /** The file is there, or is not: that its end cannot be noted changes nothing about it. */
  async #note(download: Download, outcome: TransferOutcome): Promise<void> {
    const finished = finishedDownload(download, outcome, this.#options.services.clock());
    if (finished === undefined) return;
    let used: Stores | undefined;
    try {
      await this.#options.stores.use((stores) => {
        used = stores;
        return stores.finishDownload(finished);
      });
    } catch (error) {
      const { line } = await failureOf(error, { stores: used });
      this.#options.onFailure?.(`a download's end (${outcome.status}) was not noted: ${line}`);
    }
  }

  /**
   * Waits until the downloads that are running have ended and are noted, then aborts the rest.
   * Those that wait their turn are dropped, and no new ones are taken.
   * @param patienceMs - in milliseconds
   */
  async drain(patienceMs: number): Promise<void> {
    this.#isDraining = true;
    this.#waiting.length = 0;
    const patience = Promise.withResolvers<void>();
    const cutOff = setTimeout(() => {
      this.#stop.abort(new Error("the server is shutting down"));
      patience.resolve();
    }, patienceMs);
    await Promise.race([Promise.all(this.#running.values()), patience.promise]);
    clearTimeout(cutOff);
  }
}

function finishedDownload(
  { request, metadata }: Download,
  outcome: TransferOutcome,
  now: number,
): FinishedDownload | undefined {
  if (outcome.status === "cancelled") return undefined;
  const common = {
    id: request.id,
    filename: request.filename,
    timestamp: localMicroseconds(now),
    directory: outcome.directory ?? request.directory,
  };
  if (outcome.status === "error")
    return { entry: historyEntry({ ...common, status: "error", error: outcome.error }) };
  const entry = historyEntry({ ...common, status: "completed", totalSize: outcome.sizeBytes });
  return { entry, metadata: metadata() };
}
