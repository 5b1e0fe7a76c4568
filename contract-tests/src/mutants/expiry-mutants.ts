import {
  type Collection,
  type CollectionDefinition,
  isExpired,
  type JsonValue,
} from "@cutover/core";
import { type CollectionFault, inCollections, type Mutant, withDefinition } from "./mutant.ts";

const withoutExpiry = (definition: CollectionDefinition): CollectionDefinition =>
  definition.expiry === undefined ? definition : { ...definition, expiry: undefined };

/** Hides expired records in some methods only. */
function hidingIn(
  methods: readonly ("get" | "has" | "find" | "count" | "insert")[],
): CollectionFault {
  return (inner, { definition, nowMs }): Partial<Collection> => {
    const there = (value: JsonValue | undefined): boolean =>
      value !== undefined && !isExpired(definition, value, nowMs());
    const hiding: Pick<Collection, "get" | "has" | "find" | "count" | "insert"> = {
      get: async (key, options) => {
        const value = await inner.get(key, options);
        return there(value) ? value : undefined;
      },
      has: async (key, options) => there(await inner.get(key, options)),
      find: async (query) => (await inner.find(query)).filter(({ value }) => there(value)),
      count: async (where) =>
        (await inner.find(where === undefined ? {} : { where })).filter(({ value }) => there(value))
          .length,
      insert: async (key, value, options) => {
        if (!there(await inner.get(key).catch(() => undefined)))
          await inner.delete(key).catch(() => undefined);
        await inner.insert(key, value, options);
      },
    };
    const kept = Object.fromEntries(
      Object.entries(hiding).filter(([name]) => methods.some((method) => method === name)),
    );
    const deleteExpired: Collection["deleteExpired"] = async (atMs = nowMs(), options = {}) => {
      const gone = (await inner.find()).filter(({ value }) => isExpired(definition, value, atMs));
      return inner.deleteMany(
        gone.map(({ key }) => key),
        options,
      );
    };
    return definition.expiry === undefined ? {} : { ...kept, deleteExpired };
  };
}

const shifted = (name: string, breaks: string, shift: (nowMs: number) => number): Mutant => ({
  name,
  breaks,
  spoil: (subject) => ({
    ...subject,
    open: (location, options) => {
      const { clock } = options;
      return subject.open(
        location,
        clock === undefined ? options : { ...options, clock: () => shift(clock()) },
      );
    },
  }),
});

/** Records that live too long or not long enough. */
export const expiryMutants: readonly Mutant[] = [
  shifted(
    "expires-one-late",
    "a record is gone the moment now equals its expiry",
    (nowMs) => nowMs - 1,
  ),
  shifted("expires-one-early", "a record is there until its expiry", (nowMs) => nowMs + 1),
  shifted("clock-not-injected", "the present comes from the clock that was handed in", () =>
    Date.now(),
  ),
  withDefinition(
    { name: "never-expires", breaks: "an expired record is gone" },
    withoutExpiry,
    hidingIn([]),
  ),
  withDefinition(
    { name: "expired-still-counted", breaks: "an expired record is not counted" },
    withoutExpiry,
    hidingIn(["get", "has", "find", "insert"]),
  ),
  withDefinition(
    { name: "expired-still-found", breaks: "an expired record is not found" },
    withoutExpiry,
    hidingIn(["get", "has", "count", "insert"]),
  ),
  withDefinition(
    { name: "has-true-for-expired", breaks: "has() is false of an expired record" },
    withoutExpiry,
    hidingIn(["get", "find", "count", "insert"]),
  ),
  withDefinition(
    { name: "expired-blocks-insert", breaks: "an expired record does not hold its key" },
    withoutExpiry,
    hidingIn(["get", "has", "find", "count"]),
  ),
  inCollections(
    { name: "delete-expired-without-expiry", breaks: "a record without expiry is never reclaimed" },
    (inner, { definition }) => ({
      deleteExpired: async (atMs, options) => {
        const field = definition.expiry;
        const count = await inner.deleteExpired(atMs, options);
        if (field === undefined) return count;
        return (
          count +
          (await inner.deleteMany(
            (await inner.find({ where: { [field.member]: { exists: false } } })).map(
              ({ key }) => key,
            ),
          ))
        );
      },
    }),
  ),
  inCollections(
    { name: "delete-expired-does-nothing", breaks: "deleteExpired() reclaims and counts" },
    () => ({
      deleteExpired: async () => 0,
    }),
  ),
  inCollections(
    {
      name: "delete-expired-ignores-moment",
      breaks: "deleteExpired(now) goes by the moment it is given",
    },
    (inner) => ({
      deleteExpired: (_, options) => inner.deleteExpired(undefined, options),
    }),
  ),
  inCollections(
    {
      name: "delete-expired-removes-all-future",
      breaks: "deleteExpired() leaves what has not expired",
    },
    (inner, { definition }) => ({
      deleteExpired: async (atMs, options) => {
        const count = await inner.deleteExpired(atMs, options);
        return definition.expiry === undefined ? count : count + (await inner.clear());
      },
    }),
  ),
];
