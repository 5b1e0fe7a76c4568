import {
  defineCollection,
  StorageError,
  type CollectionDefinition,
  type FieldDeclaration,
  type FieldKind,
  type TimestampForm,
} from "@cutover/core";

interface StoredField {
  readonly member: string;
  readonly column: string;
  readonly kind: FieldKind;
  readonly as?: TimestampForm;
}

/** What `describeDefinition` writes, as far as tables depend on it. */
interface StoredDescription {
  readonly name: string;
  readonly keyMember: string | null;
  readonly keyColumn: string;
  readonly fields: readonly StoredField[];
  readonly search: readonly string[];
  readonly expiry: string | null;
}

function parseDescription(text: string, name: string): StoredDescription {
  try {
    // Written by describeDefinition and by nobody else; defineCollection checks it once more.
    const description: StoredDescription = JSON.parse(text);
    return description;
  } catch (cause) {
    throw new StorageError(
      "CORRUPT_DATA",
      `the definition that the database keeps of collection "${name}" cannot be read; restore a backup`,
      { collection: name, cause },
    );
  }
}

/** Everything on which the cells of a table depend; equal text means that rows can stay. */
export function storageShape(text: string, name: string): string {
  const { keyMember, keyColumn, fields, search, expiry } = parseDescription(text, name);
  return JSON.stringify([keyMember, keyColumn, fields, search, expiry]);
}

/** The definition by which the rows of a table were written. */
export function storedDefinition(text: string, name: string): CollectionDefinition {
  const { keyMember, fields, search } = parseDescription(text, name);
  const declarations: Record<string, FieldDeclaration> = {};
  for (const { member, column, kind, as } of fields) {
    declarations[member] = { kind, column, ...(as === undefined ? {} : { as }) };
  }
  return defineCollection({
    name,
    fields: declarations,
    search,
    ...(keyMember === null ? {} : { key: keyMember }),
  });
}
