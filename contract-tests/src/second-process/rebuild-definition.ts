import {
  defineCollection,
  type CollectionDefinition,
  type CollectionOptions,
  type JsonObject,
} from "@cutover/core";
import { trusted } from "../proof/trusted.ts";

/** What `describeDefinition` writes of a field. */
interface DescribedField {
  readonly member: string;
}

/** Makes a definition of what `describeDefinition` wrote, to hand it from process to process. */
export function rebuildDefinition(description: JsonObject): CollectionDefinition {
  const { keyMember, keyColumn, fields, expiry, ...rest } = description;
  const described = trusted<readonly DescribedField[]>(fields);
  const options = {
    ...rest,
    ...(keyMember === null ? {} : { key: keyMember }),
    ...(expiry === null ? {} : { expiry }),
    fields: Object.fromEntries(described.map((field) => [field.member, field])),
  };
  const definition = defineCollection(trusted<CollectionOptions>(options));
  if (definition.keyColumn !== keyColumn) throw new Error("the definition did not travel well");
  return definition;
}
