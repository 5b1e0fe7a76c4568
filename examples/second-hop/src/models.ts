import { defineCollection, integer, text, type CollectionDefinition } from "@cutover/core";

/** What one record says. */
export interface Model {
  readonly [member: string]: string | number;
  readonly source: string;
  readonly size: number;
}

/** What moves. */
export const models: CollectionDefinition<Model> = defineCollection<Model>({
  name: "models",
  fields: { source: text(), size: integer() },
  indexes: ["source"],
});
