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
    name: "writers-do-not-wait",
    breaks: "a writer that meets another process waits for its turn",
    appliesTo: isShared,
    spoil: (subject) => ({
      ...subject,
      open: (location, options) => subject.open(location, { ...options, lockTimeoutMs: 0 }),
    }),
  },
];
