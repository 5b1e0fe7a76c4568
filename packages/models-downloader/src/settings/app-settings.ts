import type { JsonObject, JsonValue } from "@cutover/core";
import type { SettingsRepository } from "../repositories/settings-repository.ts";
import { type Settings, tokenNames, type TokenName, withDefaults } from "./default-settings.ts";
import { fromNative, type ReadNativeSettings } from "./native-settings.ts";
import { maskToken } from "./token-mask.ts";

/**
 * The settings as the application sees them: what is stored over the defaults; ComfyUI's own
 * settings only as long as nothing was ever stored. An existing store without any settings is a
 * choice, and suppresses ComfyUI's. Nothing is cached: every call reads what is stored now.
 */
export class AppSettings {
  readonly #settings: SettingsRepository;
  readonly #readNative: ReadNativeSettings;

  /** @param readNative - ComfyUI's settings. Default: there are none */
  constructor(
    settings: SettingsRepository,
    readNative: ReadNativeSettings = () => Promise.resolve(undefined),
  ) {
    this.#settings = settings;
    this.#readNative = readNative;
  }

  /** All settings, known ones first, in the application's order. */
  async load(): Promise<Settings> {
    const stored = await this.#settings.getAll();
    if (stored.size > 0) return withDefaults(stored);
    // Somebody may have stored the first ones since.
    if (await this.#settings.isInitialised()) return withDefaults(await this.#settings.getAll());
    return withDefaults(await this.#fallback());
  }

  async #fallback(): Promise<[string, JsonValue][]> {
    const native = await this.#readNative();
    return native === undefined ? [] : fromNative(native);
  }

  /** A token, read anew; empty where there is none. */
  async token(name: TokenName): Promise<string> {
    const { [name]: token } = await this.load();
    return typeof token === "string" ? token : "";
  }

  /** All tokens that there are. */
  async secrets(): Promise<string[]> {
    const settings = await this.load();
    return tokenNames.map((name) => settings[name]).filter((token) => isFilled(token));
  }

  /**
   * Changes settings as one step, all or none; what others change meanwhile stays. The first
   * change also writes down defaults, and what ComfyUI's settings were.
   * @returns the settings as they now are
   */
  async change(members: JsonObject): Promise<Settings> {
    const isFirst = !(await this.#settings.isInitialised());
    const fallback = isFirst ? await this.#fallback() : [];
    const written = await this.#settings.rewrite((current) => {
      const base = current.size > 0 ? current : fallback;
      return new Map(Object.entries({ ...withDefaults(base), ...members }));
    });
    return withDefaults(written);
  }

  /** The settings as they may be shown: tokens masked, and whether there are any. */
  async shown(): Promise<JsonObject> {
    const settings = await this.load();
    const text = (name: TokenName): string =>
      typeof settings[name] === "string" ? settings[name] : "";
    const masked = tokenNames.map((name) => [name, maskToken(text(name))] as const);
    const isSet = tokenNames.map((name) => [`${name}_set`, text(name) !== ""] as const);
    return {
      ...Object.fromEntries([...masked, ...isSet]),
      enable_advanced_search: settings.enable_advanced_search,
      max_parallel_downloads: settings.max_parallel_downloads,
    };
  }
}

function isFilled(token: JsonValue): token is string {
  return typeof token === "string" && token !== "";
}
