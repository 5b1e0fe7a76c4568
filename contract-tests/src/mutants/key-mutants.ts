import type { Collection } from "@cutover/core";
import { type CollectionFault, inCollections, type Mutant } from "./mutant.ts";

/** Stores every record under another spelling of its key. */
function spelling(respell: (key: string) => string): CollectionFault {
  return (inner): Partial<Collection> => ({
    get: (key, options) => inner.get(respell(key), options),
    getMany: (keys, options) => inner.getMany(keys.map(respell), options),
    has: (key, options) => inner.has(respell(key), options),
    entry: (key, options) => inner.entry(respell(key), options),
    insert: (key, value, options) => inner.insert(respell(key), value, options),
    put: (key, value, options) => inner.put(respell(key), value, options),
    patch: (key, members, options) => inner.patch(respell(key), members, options),
    update: (key, change, options) => inner.update(respell(key), change, options),
    delete: (key, options) => inner.delete(respell(key), options),
    deleteMany: (keys, options) => inner.deleteMany(keys.map(respell), options),
    putMany: (entries, options) =>
      inner.putMany(
        Array.from(entries, ([key, value]) => [respell(key), value]),
        options,
      ),
    replaceAll: (entries, options) =>
      inner.replaceAll(
        Array.from(entries, ([key, value]) => [respell(key), value]),
        options,
      ),
  });
}

function respelled(name: string, breaks: string, respell: (key: string) => string): Mutant {
  // What is no valid key stays the adapter's to refuse.
  const careful = (key: string): string =>
    typeof key !== "string" || respell(key) === "" ? key : respell(key);
  return inCollections({ name, breaks }, spelling(careful));
}

/** Longest name that common file systems allow, in bytes. */
const fileNameBytes = 255;

/** Keys confused with one another, or lost. */
export const keyMutants: readonly Mutant[] = [
  respelled("case-insensitive-keys", "case twins are distinct keys", (key) => key.toLowerCase()),
  respelled("nfc-keys", "NFC and NFD twins are distinct keys", (key) => key.normalize("NFC")),
  respelled("trimmed-keys", "spaces around a key belong to it", (key) => key.trim()),
  respelled("percent-decoded-keys", "%41 is not A", (key) =>
    key.replace(/%([0-7][0-9a-fA-F])/g, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    ),
  ),
  respelled("keys-as-paths", "a/b, ../x and a/./b are plain keys", (key) =>
    key
      .split("/")
      .filter((part) => part !== "." && part !== "..")
      .join("/"),
  ),
  respelled("keys-cut-at-255-bytes", "keys may have 1,024 bytes", (key) =>
    Buffer.byteLength(key) <= fileNameBytes
      ? key
      : Buffer.from(key)
          .subarray(0, fileNameBytes)
          .toString()
          .replace(/\ufffd+$/, ""),
  ),
  respelled("numeric-keys-normalised", '"01" and "1" are distinct keys', (key) =>
    /^[+-]?\d{1,15}$/.test(key) ? String(Number(key)) : key,
  ),
  inCollections({ name: "proto-key-lost", breaks: "__proto__ is an ordinary key" }, (inner) => ({
    put: async (key, value, options) =>
      key === "__proto__" ? undefined : inner.put(key, value, options),
    insert: async (key, value, options) =>
      key === "__proto__" ? undefined : inner.insert(key, value, options),
    putMany: (entries, options) =>
      inner.putMany(
        [...entries].filter(([key]) => key !== "__proto__"),
        options,
      ),
  })),
  inCollections(
    { name: "inherited-keys-found", breaks: "constructor is not there until it is put" },
    (inner) => ({
      has: async (key, options) => (await inner.has(key, options)) || key in {},
    }),
  ),
  inCollections(
    { name: "empty-key-is-absent", breaks: "an invalid key is an error, not an absence" },
    (inner) => ({
      get: async (key, options) => (key === "" ? undefined : inner.get(key, options)),
      has: async (key, options) => (key === "" ? false : inner.has(key, options)),
      delete: async (key, options) => (key === "" ? false : inner.delete(key, options)),
    }),
  ),
];
