import {
  type CollectionOperations,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@cutover/core";
import type { StoreAccess } from "../access/store-access.ts";
import { aliasPatterns, type AliasPattern, builtInPatterns } from "../aliases/alias-pattern.ts";
import type { WrapperMembers } from "../documents/wrapper-members.ts";
import { objectOf, misshapen } from "../records/stored-object.ts";
import { storeCollection } from "../records/store-collections.ts";

const definition = storeCollection("model_aliases");

/** How a name was resolved. */
export type AliasKind = "alias" | "pattern" | "none";

/** A name and what it stands for. */
export interface ResolvedAlias {
  readonly name: string;
  readonly kind: AliasKind;
}

interface Rules {
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  readonly patterns: readonly AliasPattern[];
}

/**
 * Other spellings of model names. The records are the canonical names with their aliases; version,
 * description and patterns stand around them in the file that the application brings along.
 */
export class ModelAliasesRepository {
  readonly #access: StoreAccess;
  readonly #wrapper: WrapperMembers;

  constructor(access: StoreAccess, wrapper: WrapperMembers) {
    this.#access = access;
    this.#wrapper = wrapper;
  }

  get #aliases(): CollectionOperations {
    return this.#access.collection(definition);
  }

  /** Canonical names with their aliases, in order. @throws StorageError CORRUPT_DATA */
  async getAll(): Promise<Map<string, readonly string[]>> {
    const entries = await this.#aliases.find();
    return new Map(entries.map(({ key, value }) => [key, aliasList(key, value)]));
  }

  async #rules(): Promise<Rules> {
    const aliases = await this.getAll();
    const wrapper = await this.#wrapper.read();
    // Only where there is no document at all do the built-in patterns stand in.
    if (wrapper === undefined && aliases.size === 0)
      return { aliases, patterns: builtInPatterns() };
    return { aliases, patterns: aliasPatterns(wrapper?.["patterns"]) };
  }

  /**
   * What a name stands for: the first canonical with this alias, whatever its case; else what the
   * first matching pattern makes of it; else the name itself.
   * @throws StorageError CORRUPT_DATA naming a pattern that is no regular expression
   */
  async resolve(name: string): Promise<string> {
    return (await this.resolution(name)).name;
  }

  /** As {@link ModelAliasesRepository.resolve}, and how. */
  async resolution(name: string): Promise<ResolvedAlias> {
    const { aliases, patterns } = await this.#rules();
    const wanted = name.toLowerCase();
    for (const [canonical, others] of aliases)
      if (others.some((alias) => alias.toLowerCase() === wanted))
        return { name: canonical, kind: "alias" };
    for (const pattern of patterns) {
      const made = pattern.apply(name);
      if (made !== undefined) return { name: made, kind: "pattern" };
    }
    return { name, kind: "none" };
  }

  /** The whole document, members around the aliases first; undefined where there is none. */
  async getDocument(): Promise<JsonObject | undefined> {
    const entries = await this.#aliases.find();
    const wrapper = await this.#wrapper.read();
    if (wrapper === undefined && entries.length === 0) return undefined;
    const { patterns, ...head } = wrapper ?? {};
    const aliases = objectOf(entries.map(({ key, value }) => [key, value]));
    return { ...head, aliases, ...(patterns === undefined ? {} : { patterns }) };
  }

  /** What stands around the aliases: version, description, patterns; undefined where there is no document. */
  readDocument(): Promise<JsonObject | undefined> {
    return this.#wrapper.read();
  }

  /** Makes the members around the aliases exactly these. @throws StorageError CORRUPT_DATA */
  async setMeta(members: JsonObject): Promise<void> {
    aliasPatterns(members["patterns"]);
    await this.#wrapper.replace(members);
  }

  /**
   * Makes aliases and patterns exactly those of a document, as when the application brings along a
   * new one. Everything is checked first; aliases and patterns are two steps.
   * @throws StorageError CORRUPT_DATA when it is no such document
   */
  async importDocument(document: JsonObject): Promise<void> {
    const { aliases = {}, ...wrapper } = document;
    if (!isJsonObject(aliases))
      throw misshapen({ store: definition.name, key: "aliases" }, "is no object");
    for (const [canonical, list] of Object.entries(aliases)) aliasList(canonical, list);
    aliasPatterns(wrapper["patterns"]);
    await this.#aliases.replaceAll(Object.entries(aliases));
    await this.#wrapper.replace(wrapper);
  }

  /** Adds an alias at the end of a canonical name's list; one that is there stays where it is. */
  async addAlias(canonical: string, alias: string): Promise<void> {
    await this.#aliases.update(canonical, (current) => {
      const list = current === undefined ? [] : aliasList(canonical, current);
      return list.includes(alias) ? [...list] : [...list, alias];
    });
  }

  /** @returns whether there was such an alias; a canonical name stays, if need be without aliases */
  removeAlias(canonical: string, alias: string): Promise<boolean> {
    return this.#access.atomically(async (access) => {
      const aliases = access.collection(definition);
      const value = await aliases.get(canonical);
      if (value === undefined) return false;
      const list = aliasList(canonical, value);
      if (!list.includes(alias)) return false;
      await aliases.put(
        canonical,
        list.filter((other) => other !== alias),
      );
      return true;
    });
  }
}

function aliasList(canonical: string, value: JsonValue): readonly string[] {
  const items: readonly JsonValue[] | undefined = Array.isArray(value) ? value : undefined;
  const names = items?.filter((item) => typeof item === "string");
  if (items !== undefined && names !== undefined && names.length === items.length) return names;
  throw misshapen({ store: definition.name, key: canonical }, "is no list of names");
}
