import { StorageError } from "@cutover/core";
import { untyped } from "../proof/trusted.ts";
import { type Mutant, withDefinition } from "./mutant.ts";

/** Records that are not validated, or changed by it. */
export const schemaMutants: readonly Mutant[] = [
  withDefinition(
    { name: "schema-ignored", breaks: "a record that the schema refuses is refused" },
    (definition) =>
      definition.schema === undefined ? definition : { ...definition, schema: undefined },
  ),
  withDefinition(
    { name: "schema-ignored-in-batches", breaks: "a batch is validated as single writes are" },
    (definition) =>
      definition.schema === undefined ? definition : { ...definition, schema: undefined },
    (inner, { definition }) => ({
      put: async (key, value, options) => {
        const result = await definition.schema?.["~standard"].validate(value);
        if (result?.issues !== undefined) {
          const issues = result.issues.map(({ message }) => ({ message, path: "$" }));
          throw new StorageError("VALIDATION_FAILED", "the schema refuses it", { issues });
        }
        await inner.put(key, value, options);
      },
    }),
  ),
  withDefinition(
    { name: "schema-result-stored", breaks: "validation changes nothing" },
    (definition) => definition,
    (inner, { definition }) => ({
      put: async (key, value, options) => {
        const result = await definition.schema?.["~standard"].validate(value);
        const stored = result !== undefined && result.issues === undefined ? result.value : value;
        await inner.put(key, untyped(stored), options);
      },
    }),
  ),
  withDefinition(
    {
      name: "key-member-not-checked",
      breaks: "a record repeats its key in the key member, or is refused",
    },
    (definition) =>
      definition.keyMember === undefined || definition.file.shape === "array"
        ? definition
        : { ...definition, keyMember: undefined },
  ),
];
