import {
  defineCollection,
  type CollectionDefinition,
  type CollectionOptions,
  type JsonObject,
} from "@cutover/core";

/** What `describeDefinition` writes of a field. */
interface DescribedField {
  readonly member: string;
}

/** Makes a definition of what `describeDefinition` wrote, to hand it from process to process. */
export function rebuildDefinition(description: JsonObject): CollectionDefinition {
  const { keyMember, keyColumn, fields, expiry, ...rest } = description;
  // describeDefinition() wrote this; only its own shape comes here.
  const described = fields as unknown as readonly DescribedField[];
  const options = {
    ...rest,
    ...(keyMember === null ? {} : { key: keyMember }),
    ...(expiry === null ? {} : { expiry }),
    fields: Object.fromEntries(described.map((field) => [field.member, field])),
  };
  const definition = defineCollection(options as unknown as CollectionOptions);
  if (definition.keyColumn !== keyColumn) throw new Error("the definition did not travel well");
  return definition;
}
