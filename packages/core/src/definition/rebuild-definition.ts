import { StorageError } from "../errors/storage-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../values/json.ts";
import type { CollectionDefinition } from "./collection-definition.ts";
import { defineCollection, type CollectionOptions } from "./define-collection.ts";
import { describeDefinition } from "./describe-definition.ts";

function declarations(fields: JsonValue | undefined): Record<string, JsonValue> {
  const described = Array.isArray(fields) ? fields.filter((field) => isJsonObject(field)) : [];
  return Object.fromEntries(
    described.map(({ member, ...declaration }) => [
      typeof member === "string" ? member : "",
      declaration,
    ]),
  );
}

/**
 * Makes a definition of what `describeDefinition` wrote, in another process or another year. The
 * schema is not part of a description.
 *
 * @throws StorageError CONFIG_INVALID when it is no such description
 */
export function rebuildDefinition(description: JsonObject): CollectionDefinition {
  const { keyMember, keyColumn: _derived, fields, expiry, ...rest } = description;
  // defineCollection checks at run time what the description cannot show the compiler.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const definition = defineCollection({
    ...rest,
    ...(keyMember === null ? {} : { key: keyMember }),
    ...(expiry === null ? {} : { expiry }),
    fields: declarations(fields),
  } as unknown as CollectionOptions);
  if (JSON.stringify(describeDefinition(definition)) === JSON.stringify(description))
    return definition;
  throw new StorageError(
    "CONFIG_INVALID",
    `the description of collection "${definition.name}" is not one that this version wrote`,
    { collection: definition.name },
  );
}
