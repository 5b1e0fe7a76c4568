import {
  alreadyExists,
  type Collection,
  type CollectionDefinition,
  fieldScalar,
  foldCase,
  type JsonValue,
  memberOf,
  type Scalar,
  StorageError,
  type UniqueConstraint,
} from "@cutover/core";
import { type CollectionFault, inCollections, type Mutant, withDefinition } from "./mutant.ts";

type Claim = (constraint: UniqueConstraint, key: string, value: JsonValue) => string | undefined;

const withoutUnique = (definition: CollectionDefinition): CollectionDefinition =>
  definition.unique.length === 0 ? definition : { ...definition, unique: [] };

async function checkClaims(
  inner: Collection,
  definition: CollectionDefinition,
  claimOf: Claim,
  record: readonly [string, JsonValue],
): Promise<void> {
  const [key, value] = record;
  const others = definition.unique.length === 0 ? [] : await inner.find();
  for (const constraint of definition.unique) {
    const claim = claimOf(constraint, key, value);
    if (claim === undefined) continue;
    const clashes = others.some(
      (other) => other.key !== key && claimOf(constraint, other.key, other.value) === claim,
    );
    if (clashes) throw alreadyExists(definition, key, constraint.name);
  }
}

/** Checks claims of its own before single writes; what the adapter checks it still checks. */
function claiming(claimOf: Claim): CollectionFault {
  return (inner, { definition }) => ({
    put: async (key, value, options) => {
      const copy = structuredClone(value);
      await checkClaims(inner, definition, claimOf, [key, copy]);
      await inner.put(key, copy, options);
    },
    insert: async (key, value, options) => {
      const copy = structuredClone(value);
      await checkClaims(inner, definition, claimOf, [key, copy]);
      await inner.insert(key, copy, options);
    },
  });
}

const values = (constraint: UniqueConstraint, key: string, value: JsonValue): (Scalar | null)[] =>
  constraint.fields.map((field) => fieldScalar(field, key, value));
const raws = (constraint: UniqueConstraint, value: JsonValue): (JsonValue | undefined)[] =>
  constraint.fields.map((field) => memberOf(value, field.member));

const proper: Claim = (constraint, key, value) => {
  const claimed = values(constraint, key, value);
  return claimed.includes(null) ? undefined : JSON.stringify(claimed);
};

/** Unique constraints that are too loose or too strict. */
export const uniqueMutants: readonly Mutant[] = [
  withDefinition(
    { name: "unique-ignored", breaks: "a clash on a unique member is refused" },
    withoutUnique,
  ),
  withDefinition(
    {
      name: "unique-not-checked-in-batches",
      breaks: "putMany() and replaceAll() keep unique constraints",
    },
    withoutUnique,
    claiming(proper),
  ),
  withDefinition(
    { name: "compound-unique-ignored", breaks: "constraints over several members are kept" },
    (definition) => {
      const unique = definition.unique.filter(({ fields }) => fields.length === 1);
      return unique.length === definition.unique.length ? definition : { ...definition, unique };
    },
  ),
  inCollections(
    {
      name: "compound-unique-by-each",
      breaks: "members of a compound constraint clash together only",
    },
    claiming((constraint, key, value) => {
      const [first] = values(constraint, key, value);
      return first === null || first === undefined ? undefined : JSON.stringify(first);
    }),
  ),
  inCollections(
    { name: "unique-nulls-clash", breaks: "nulls never clash" },
    claiming((constraint, _, value) => {
      const found = raws(constraint, value);
      return found.includes(null) ? JSON.stringify(found) : undefined;
    }),
  ),
  inCollections(
    { name: "unique-absent-clash", breaks: "absent members never clash" },
    claiming((constraint, _, value) => {
      const found = raws(constraint, value);
      return found.every((item) => item === undefined) ? "absent" : undefined;
    }),
  ),
  inCollections(
    { name: "unique-misfits-clash", breaks: "misfits never clash" },
    claiming((constraint, key, value) => {
      const found = raws(constraint, value);
      if (found.some((item) => item === null || item === undefined)) return undefined;
      return values(constraint, key, value).includes(null) ? JSON.stringify(found) : undefined;
    }),
  ),
  inCollections(
    { name: "unique-ignores-case", breaks: "unique text is compared exactly" },
    claiming((constraint, key, value) => {
      const claim = proper(constraint, key, value);
      return claim === undefined ? undefined : foldCase(claim);
    }),
  ),
  inCollections(
    { name: "unique-clashes-with-itself", breaks: "a record never clashes with itself" },
    (inner, { definition }) => ({
      put: async (key, value, options) => {
        const copy = structuredClone(value);
        const there = await inner.get(key).catch(() => undefined);
        for (const constraint of definition.unique) {
          const claim = proper(constraint, key, copy);
          if (
            there !== undefined &&
            claim !== undefined &&
            proper(constraint, key, there) === claim
          )
            throw alreadyExists(definition, key, constraint.name);
        }
        await inner.put(key, copy, options);
      },
    }),
  ),
  inCollections(
    { name: "clash-removes-the-other", breaks: "a clash is refused and changes nothing" },
    (inner, { definition }) => ({
      put: async (key, value, options) => {
        const copy = structuredClone(value);
        for (const other of definition.unique.length === 0 ? [] : await inner.find()) {
          const clashes = definition.unique.some((constraint) => {
            const claim = proper(constraint, key, copy);
            return claim !== undefined && claim === proper(constraint, other.key, other.value);
          });
          if (clashes && other.key !== key) await inner.delete(other.key);
        }
        await inner.put(key, copy, options);
      },
    }),
  ),
  inCollections({ name: "clash-is-io-error", breaks: "a clash is ALREADY_EXISTS" }, (inner) => ({
    insert: (key, value, options) =>
      inner.insert(key, value, options).catch((error: unknown) => {
        throw error instanceof StorageError && error.code === "ALREADY_EXISTS"
          ? new StorageError("IO_FAILED", "UNIQUE constraint failed", { cause: error })
          : error;
      }),
  })),
  inCollections(
    { name: "clash-names-no-constraint", breaks: "ALREADY_EXISTS names the constraint" },
    (inner) => ({
      put: (key, value, options) =>
        inner.put(key, value, options).catch((error: unknown) => {
          if (!(error instanceof StorageError)) throw error;
          const { constraint, ...details } = error.details;
          throw constraint === undefined
            ? error
            : new StorageError(error.code, error.message, details);
        }),
    }),
  ),
];
