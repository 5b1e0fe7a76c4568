import { readFile } from "node:fs/promises";
import {
  defineCollection,
  isJsonObject,
  isStorageError,
  type CollectionOptions,
  type FieldDeclaration,
  type JsonObject,
  type JsonValue,
} from "@cutover/core";
import { fileFailure } from "../state/file-failure.ts";
import { readPlacedJson, type TextPlace } from "../state/placed-json.ts";
import { configError } from "./config-error.ts";
import { suggestion } from "./suggestion.ts";

const kinds = ["text", "integer", "real", "boolean", "timestamp", "json"];
const forms = ["iso-utc", "iso-local", "epoch-s", "epoch-ms"];

const isList = (value: JsonValue): boolean =>
  Array.isArray(value) &&
  value.every((item) => typeof item === "string" || (Array.isArray(item) && item.every(isName)));
const isName = (value: JsonValue): boolean => typeof value === "string";

interface MemberRule {
  readonly test: (value: JsonValue) => boolean;
  readonly wanted: string;
}

const name: MemberRule = { test: isName, wanted: "text" };
const list: MemberRule = { test: isList, wanted: "an array of member names" };
const object: MemberRule = { test: (value) => isJsonObject(value), wanted: "an object" };

const collectionRules: Readonly<Record<string, MemberRule>> = {
  name,
  key: name,
  fields: object,
  unique: list,
  indexes: list,
  search: list,
  expiry: name,
  order: {
    test: (value) => value === "append" || value === "prepend",
    wanted: '"append" or "prepend"',
  },
  file: object,
};

const fileRules: Readonly<Record<string, MemberRule>> = {
  path: name,
  shape: {
    test: (value) => value === "object" || value === "array",
    wanted: '"object" or "array"',
  },
  at: { test: (value) => Array.isArray(value) && value.every(isName), wanted: "an array of names" },
};

const fieldRules: Readonly<Record<string, MemberRule>> = {
  kind: {
    test: (value) => typeof value === "string" && kinds.includes(value),
    wanted: `one of ${kinds.join(", ")}`,
  },
  as: {
    test: (value) => typeof value === "string" && forms.includes(value),
    wanted: `one of ${forms.join(", ")}`,
  },
  column: name,
};

/** Reads the collections of a JSON config; every complaint has the place of its member. */
class JsonConfig {
  readonly #file: string;
  readonly #placeOf: (path: string) => TextPlace;

  constructor(file: string, placeOf: (path: string) => TextPlace) {
    this.#file = file;
    this.#placeOf = placeOf;
  }

  read(value: JsonValue): object {
    if (!isJsonObject(value)) throw this.#error("$", "the config must be an object");
    this.#checkPlain(value);
    const { collections, ...rest } = value;
    if (!Array.isArray(collections)) return value;
    return {
      ...rest,
      collections: collections.map((item, index) =>
        this.#collection(item, `$.collections[${index}]`),
      ),
    };
  }

  /** A function cannot stand in JSON: whoever writes a text there means something else. */
  #checkPlain({ cutover }: JsonObject): void {
    if (this.#members(cutover)["stageRequest"] === undefined) return;
    const message = "`cutover.stageRequest` is a function; write the config as cutover.config.ts";
    throw this.#error("$.cutover.stageRequest", message);
  }

  #collection(value: JsonValue, path: string): object {
    this.#check(value, path, collectionRules);
    if (!this.#isOptions(value, path)) throw this.#error(path, "`name` is missing");
    try {
      return defineCollection(value);
    } catch (error) {
      throw isStorageError(error) ? this.#error(path, error.message, error) : error;
    }
  }

  #isOptions(value: JsonValue, path: string): value is JsonObject & CollectionOptions {
    if (!isJsonObject(value)) return false;
    if (value["file"] !== undefined) this.#check(value["file"], `${path}.file`, fileRules);
    for (const [member, declaration] of Object.entries(this.#members(value["fields"]))) {
      this.#checkField(declaration, `${path}.fields.${member}`);
    }
    return typeof value["name"] === "string";
  }

  #members(value: JsonValue | undefined): JsonObject {
    return isJsonObject(value) ? value : {};
  }

  #checkField(value: JsonValue, path: string): value is JsonObject & FieldDeclaration {
    this.#check(value, path, fieldRules);
    const { kind } = this.#members(value);
    if (kind === undefined) throw this.#error(path, `\`kind\` is missing: ${kinds.join(", ")}`);
    return true;
  }

  #check(value: JsonValue, path: string, rules: Readonly<Record<string, MemberRule>>): void {
    if (!isJsonObject(value)) throw this.#error(path, "an object is expected here");
    for (const [member, found] of Object.entries(value)) {
      const rule = Object.hasOwn(rules, member) ? rules[member] : undefined;
      const at = `${path}.${member}`;
      if (rule === undefined) {
        const hint = suggestion(member, Object.keys(rules));
        throw this.#error(at, `there is no option \`${member}\` here; ${hint}`);
      }
      if (!rule.test(found)) throw this.#error(at, `\`${member}\` must be ${rule.wanted}`);
    }
  }

  #error(path: string, message: string, cause?: unknown): Error {
    const place = this.#placeOf(path);
    return configError({ file: this.#file, message, path: path.slice(2), place, cause });
  }
}

/** A config file as read: what it exports, and its text for telling places. */
export interface ReadConfig {
  readonly exported: unknown;
  readonly source: string;
}

/**
 * Reads `cutover.config.json`: the same options, collections as plain objects, a field as
 * `{ "kind": "timestamp", "as": "iso-utc" }`.
 * @throws StorageError CONFIG_INVALID with the place, IO_FAILED
 */
export async function readJsonConfig(file: string): Promise<ReadConfig> {
  const source = await readFile(file, "utf8").catch((error: unknown) => {
    throw fileFailure("read", file, error);
  });
  const read = readPlacedJson(source);
  if (read.fault !== undefined) {
    throw configError({ file, message: read.fault.message, place: read.fault });
  }
  return { exported: new JsonConfig(file, read.placeOf).read(read.value), source };
}
