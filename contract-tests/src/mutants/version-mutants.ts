import { createHash } from "node:crypto";
import { type JsonValue, versionOf } from "@cutover/core";
import { inCollections, type Mutant } from "./mutant.ts";
import { deeply } from "./rewriting.ts";
import { trusted } from "../proof/trusted.ts";

const sorted = deeply((part) =>
  typeof part === "object" && part !== null && !Array.isArray(part)
    ? Object.fromEntries(
        Object.entries(part).toSorted(([left], [right]) => (left < right ? -1 : 1)),
      )
    : part,
);

function versioned(
  name: string,
  breaks: string,
  version: (value: JsonValue, key: string) => string,
): Mutant {
  return inCollections({ name, breaks }, (inner) => {
    /** Translates a version of its own back, so that conditional writes go by it. */
    const translated = async (
      key: string,
      ifVersion: string | undefined,
    ): Promise<string | undefined> => {
      if (ifVersion === undefined) return undefined;
      const current = await inner.entry(key);
      return current !== undefined && version(current.value, key) === ifVersion
        ? current.version
        : ifVersion;
    };
    const condition = async <O extends { readonly ifVersion?: string } | undefined>(
      key: string,
      options: O,
    ): Promise<O> => {
      const ifVersion = await translated(key, options?.ifVersion);
      return ifVersion === undefined ? options : trusted({ ...options, ifVersion });
    };
    return {
      entry: async (key, options) => {
        const entry = await inner.entry(key, options);
        return entry && { ...entry, version: version(entry.value, key) };
      },
      put: async (key, value, options) => {
        const copy = structuredClone(value);
        return inner.put(key, copy, await condition(key, options));
      },
      patch: async (key, members, options) =>
        inner.patch(key, members, await condition(key, options)),
      delete: async (key, options) => inner.delete(key, await condition(key, options)),
    };
  });
}

let counter = 0;

/** Versions that do not stand for the content, and conditions that are not checked. */
export const versionMutants: readonly Mutant[] = [
  versioned("version-constant", "another content has another version", () => "1"),
  versioned("version-ignores-member-order", "member order is content", (value) =>
    versionOf(sorted(value)),
  ),
  versioned(
    "version-of-key-too",
    "equal content has an equal version under any key",
    (value, key) =>
      createHash("sha256")
        .update(key + JSON.stringify(value))
        .digest("base64url")
        .slice(0, 22),
  ),
  inCollections(
    { name: "version-counts-reads", breaks: "a version stays the same while the content does" },
    (inner) => ({
      entry: async (key, options) => {
        const entry = await inner.entry(key, options);
        return entry && { ...entry, version: `${entry.version}-${counter++}` };
      },
    }),
  ),
  inCollections(
    { name: "put-ignores-version", breaks: "put() with a stale version is refused" },
    (inner) => ({
      put: (key, value, options) =>
        inner.put(key, value, options?.signal === undefined ? {} : { signal: options.signal }),
    }),
  ),
  inCollections(
    { name: "patch-ignores-version", breaks: "patch() with a stale version is refused" },
    (inner) => ({
      patch: (key, members, options) =>
        inner.patch(key, members, options?.signal === undefined ? {} : { signal: options.signal }),
    }),
  ),
  inCollections(
    { name: "delete-ignores-version", breaks: "delete() with a stale version is refused" },
    (inner) => ({
      delete: (key, options) =>
        inner.delete(key, options?.signal === undefined ? {} : { signal: options.signal }),
    }),
  ),
  inCollections(
    { name: "version-of-absent-accepted", breaks: "a version is refused where the record is gone" },
    (inner) => ({
      put: async (key, value, options) => {
        if (options?.ifVersion !== undefined && !(await inner.has(key)))
          return inner.put(key, value);
        return inner.put(key, value, options);
      },
    }),
  ),
  inCollections(
    {
      name: "version-checked-before-the-turn",
      breaks: "checking a version and writing are one step",
    },
    (inner) => ({
      put: async (key, value, options) => {
        const copy = structuredClone(value);
        if (options?.ifVersion === undefined) return inner.put(key, copy, options);
        const current = await inner.entry(key);
        if (current?.version !== options.ifVersion) return inner.put(key, copy, options);
        return inner.put(key, copy);
      },
    }),
  ),
];
