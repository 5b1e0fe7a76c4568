import type { JsonObject } from "../values/json.ts";
import type { CollectionDefinition } from "./collection-definition.ts";
import type { Field } from "./field.ts";

const describeField = ({ member, column, kind, as }: Field): JsonObject => ({
  member,
  column,
  kind,
  ...(as === undefined ? {} : { as }),
});

const names = (fields: readonly Field[]): string[] => fields.map((field) => field.member);

/** A definition as plain JSON, the schema left out: equal text, equal definition. */
export function describeDefinition(definition: CollectionDefinition): JsonObject {
  return {
    name: definition.name,
    keyMember: definition.keyMember ?? null,
    keyColumn: definition.keyColumn,
    fields: [...definition.fields.values()].map(describeField),
    unique: definition.unique.map((constraint) => names(constraint.fields)),
    indexes: definition.indexes.map(names),
    search: names(definition.search),
    expiry: definition.expiry?.member ?? null,
    order: definition.order,
    file: { ...definition.file },
  };
}
