import {
  type AggregateRow,
  type Bucket,
  type CollectionOperations,
  type Filter,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type OrderBy,
} from "@cutover/core";
import type { StoreAccess } from "../access/store-access.ts";
import { storeCollection } from "../records/store-collections.ts";
import type { Redaction } from "../secrets/redaction.ts";

const definition = storeCollection("download_history");

/** So many entries are kept; only adding one enforces it. */
export const historyLimit = 100;

/** A finished download. Entries may hold more members than these. */
export interface HistoryEntry extends JsonObject {
  readonly filename: string;
}

/** What is known of a finished download. */
export interface DownloadOutcome {
  readonly filename: string;
  readonly id?: string;
  readonly status: "completed" | "error";
  readonly error?: string | null;
  readonly totalSize?: number;
  /** Local time in ISO 8601, as the application writes it. */
  readonly timestamp: string;
  readonly directory?: string;
}

/** An entry with the seven members of the application, in its order. */
export function historyEntry(outcome: DownloadOutcome): HistoryEntry {
  return {
    id: outcome.id ?? "",
    filename: outcome.filename,
    status: outcome.status,
    error: outcome.error === undefined ? "" : outcome.error,
    total_size: outcome.totalSize ?? 0,
    timestamp: outcome.timestamp,
    directory: outcome.directory ?? "",
  };
}

/** Downloads of one period. */
export interface DownloadCount {
  /** Such as `2025-11-29`; null gathers entries without a readable time. */
  readonly period: string | null;
  readonly downloads: number;
  /** Sum of `total_size`. */
  readonly sizeBytes: number;
}

/** Finished downloads, newest first, at most one for each filename. */
export class DownloadHistoryRepository {
  readonly #access: StoreAccess;
  readonly #redaction: Redaction;

  /** @param redaction - takes secrets out of what is stored */
  constructor(access: StoreAccess, redaction: Redaction) {
    this.#access = access;
    this.#redaction = redaction;
  }

  get #entries(): CollectionOperations {
    return this.#access.collection(definition);
  }

  /**
   * Puts an entry first, takes away the older one of the same filename (exactly the same, case
   * included) and what is beyond the limit, as one step.
   * @param limit - default: 100
   */
  async add(entry: HistoryEntry, limit: number = historyLimit): Promise<void> {
    const redact = await this.#redaction();
    await this.#access.atomically(async (access) => {
      const entries = access.collection(definition);
      await entries.delete(entry.filename);
      await entries.put(entry.filename, redact(entry));
      if ((await entries.count()) <= limit) return;
      const all = await entries.find();
      await entries.deleteMany(all.slice(limit).map(({ key }) => key));
    });
  }

  /** @param limit - default: 100 */
  async getRecent(limit: number = historyLimit): Promise<JsonValue[]> {
    return (await this.#entries.find({ limit })).map(({ value }) => value);
  }

  async getByFilename(filename: string): Promise<JsonObject | undefined> {
    const value = await this.#entries.get(filename);
    return isJsonObject(value) ? value : undefined;
  }

  listByStatus(status: string): Promise<JsonValue[]> {
    return this.find({ status });
  }

  /** Entries by any declared field, newest first unless ordered otherwise. */
  async find(where: Filter, orderBy?: readonly OrderBy[]): Promise<JsonValue[]> {
    const order = orderBy === undefined ? {} : { orderBy };
    return (await this.#entries.find({ where, ...order })).map(({ value }) => value);
  }

  /** Full-text search in the filenames. */
  async searchText(words: string): Promise<JsonValue[]> {
    return (await this.#entries.search(words)).map(({ value }) => value);
  }

  /** @returns how many entries were deleted: 0 or 1 */
  async deleteByFilename(filename: string): Promise<number> {
    // No entry has an empty name, and an empty name is no key.
    return filename !== "" && (await this.#entries.delete(filename)) ? 1 : 0;
  }

  /** Deletes what has this id. Ids are not unique in real data. @returns how many */
  deleteById(id: string): Promise<number> {
    return this.#access.atomically(async (access) => {
      const entries = access.collection(definition);
      const found = await entries.find({ where: { id } });
      return entries.deleteMany(found.map(({ key }) => key));
    });
  }

  /** @returns how many entries there were */
  clear(): Promise<number> {
    return this.#entries.clear();
  }

  count(where?: Filter): Promise<number> {
    return this.#entries.count(where);
  }

  /** Downloads by year, month, day or hour of the clock on the wall, oldest first. */
  async downloadsPer(bucket: Bucket, where?: Filter): Promise<DownloadCount[]> {
    const rows = await this.#entries.aggregate({
      groupBy: [{ field: "timestamp", bucket }],
      sum: ["total_size"],
      ...(where === undefined ? {} : { where }),
    });
    return rows.map(downloadCount);
  }

  /** How many entries there are of each status. */
  async countByStatus(): Promise<Map<string | null, number>> {
    const rows = await this.#entries.aggregate({ groupBy: ["status"] });
    return new Map(rows.map((row) => [textOrNull(row.group["status"]), row.count]));
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function downloadCount({ group, count, sum }: AggregateRow): DownloadCount {
  return {
    period: textOrNull(group["timestamp"]),
    downloads: count,
    sizeBytes: sum["total_size"] ?? 0,
  };
}
