import type { CollectionOperations, JsonObject, JsonValue } from "@cutover/core";
import type { StoreAccess } from "../access/store-access.ts";
import { storeCollection } from "../records/store-collections.ts";

const definition = storeCollection("settings");

/**
 * The settings as they are stored. Defaults and ComfyUI's own settings are applied by
 * `AppSettings`, never here, so that what is stored stays what somebody chose.
 */
export class SettingsRepository {
  readonly #access: StoreAccess;

  constructor(access: StoreAccess) {
    this.#access = access;
  }

  get #settings(): CollectionOperations {
    return this.#access.collection(definition);
  }

  /** All settings, unknown ones included, in their order. */
  async getAll(): Promise<Map<string, JsonValue>> {
    const entries = await this.#settings.find();
    return new Map(entries.map(({ key, value }) => [key, value]));
  }

  /** One setting, read anew. @returns `fallback` only where there is none: `""` and null are settings */
  async get(key: string, fallback?: JsonValue): Promise<JsonValue | undefined> {
    const value = await this.#settings.get(key);
    return value === undefined ? fallback : value;
  }

  async set(key: string, value: JsonValue): Promise<void> {
    await this.#settings.put(key, value);
  }

  /** Sets several at once, or none; others, also those set meanwhile, stay as they are. */
  async patch(members: JsonObject): Promise<void> {
    await this.#settings.putMany(Object.entries(members));
  }

  /** Makes the settings exactly these, in this order. */
  async replaceAll(members: Iterable<readonly [string, JsonValue]>): Promise<void> {
    await this.#settings.replaceAll(members);
  }

  /** Reads all, computes and writes all as one step. @returns what was written */
  rewrite(
    change: (current: ReadonlyMap<string, JsonValue>) => ReadonlyMap<string, JsonValue>,
  ): Promise<ReadonlyMap<string, JsonValue>> {
    return this.#access.atomically(async (access) => {
      const inside = new SettingsRepository(access);
      const next = change(await inside.getAll());
      await inside.replaceAll(next);
      return next;
    });
  }

  /** @returns whether there was such a setting */
  delete(key: string): Promise<boolean> {
    return this.#settings.delete(key);
  }

  /** True once settings were saved, even if none is left: then nothing falls back on ComfyUI's. */
  isInitialised(): Promise<boolean> {
    return this.#access.exists(definition);
  }
}
