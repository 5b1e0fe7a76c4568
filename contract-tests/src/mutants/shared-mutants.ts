import { trusted } from "../proof/trusted.ts";
import { inCollections, isShared, type Mutant } from "./mutant.ts";

/** Stores whose other processes are not seen. */
export const sharedMutants: readonly Mutant[] = [
  {
    ...inCollections(
      {
        name: "stale-across-processes",
        breaks: "a write of another process is seen by the next read",
      },
      (inner, { inTransaction }) => {
        if (inTransaction) return {};
        const cache = new Map<string, unknown>();
        const cached = async <T>(name: string, read: () => Promise<T>): Promise<T> => {
          if (!cache.has(name)) cache.set(name, await read());
          return trusted(structuredClone(cache.get(name)));
        };
        const writing =
          (
            method:
              | "put"
              | "update"
              | "delete"
              | "insert"
              | "putMany"
              | "clear"
              | "patch"
              | "replaceAll"
              | "deleteMany"
              | "deleteExpired",
          ) =>
          (...call: unknown[]): unknown => {
            cache.clear();
            return Promise.resolve(Reflect.apply(inner[method], inner, call)).finally(() =>
              cache.clear(),
            );
          };
        const writes = [
          "put",
          "update",
          "delete",
          "insert",
          "putMany",
          "clear",
          "patch",
          "replaceAll",
          "deleteMany",
          "deleteExpired",
        ] as const;
        return {
          get: (key, options) =>
            options?.signal === undefined
              ? cached(`get ${key}`, () => inner.get(key))
              : inner.get(key, options),
          has: (key, options) =>
            options?.signal === undefined
              ? cached(`has ${key}`, () => inner.has(key))
              : inner.has(key, options),
          find: (query) =>
            query === undefined ? cached("find", () => inner.find()) : inner.find(query),
          ...Object.fromEntries(writes.map((method) => [method, writing(method)])),
        };
      },
    ),
    appliesTo: isShared,
  },
  {
    // What an application does that reads a JSON file, changes it and writes it back.
    ...inCollections(
      {
        name: "put-rewrites-the-collection",
        breaks: "a put changes one record and undoes nothing that others write meanwhile",
      },
      (inner, { definition, inTransaction }) => ({
        put: async (key, value, options = {}) => {
          if (inTransaction || options.ifVersion !== undefined)
            return inner.put(key, value, options);
          const copy = structuredClone(value);
          const all = new Map((await inner.find()).map((entry) => [entry.key, entry.value]));
          const comesFirst = definition.order === "prepend" && !all.has(key);
          const rest = comesFirst ? [...all] : [];
          if (comesFirst) all.clear();
          all.set(key, copy);
          for (const [other, kept] of rest) all.set(other, kept);
          await inner.replaceAll(all, options);
        },
      }),
    ),
  },
];
