import { keyField, type CollectionDefinition, type Field } from "@cutover/core";
import { slotOf, type Slot } from "./column.ts";

/**
 * Names of our own columns. A collection's columns begin with a letter, so these can never clash.
 * `_position`: order of the records. `_rest`: what the columns cannot hold. `_search`: tokens.
 */
export const ownColumns = { position: "_position", rest: "_rest", search: "_search" } as const;

/** How one collection lies in its table. */
export interface TableLayout {
  readonly definition: CollectionDefinition;
  readonly name: string;
  readonly keyColumn: string;
  /** Declared members in the order declared; the key member first where it is not declared. */
  readonly slots: readonly Slot[];
  readonly slotOf: ReadonlyMap<string, Slot>;
  /** Columns that make up a record, in the order in which they are selected: key, fields, rest. */
  readonly columns: readonly string[];
  /** Place of `_rest` among {@link columns}; of the whole value, for a collection without fields. */
  readonly restCell: number;
  /** The collection declares no fields: one column holds each value as JSON. */
  readonly document: boolean;
  readonly searched: boolean;
}

const keySlotField = (definition: CollectionDefinition, member: string): Field => ({
  member,
  column: definition.keyColumn,
  kind: "text",
});

function slotsOf(definition: CollectionDefinition): Slot[] {
  const { keyMember } = definition;
  const fields = [...definition.fields.values()];
  if (keyMember !== undefined && !definition.fields.has(keyMember)) {
    fields.unshift(keySlotField(definition, keyMember));
  }
  let cell = 0;
  return fields.map((field, index) =>
    slotOf(field, index, field.member === keyMember ? 0 : ++cell),
  );
}

/** The column that holds the whole value of a collection without fields. */
export function documentColumn(definition: CollectionDefinition): string {
  return definition.keyColumn === "value" ? "_value" : "value";
}

/** Lays a collection out in columns. */
export function tableLayout(definition: CollectionDefinition): TableLayout {
  const document = definition.fields.size === 0;
  const slots = document ? [] : slotsOf(definition);
  const stored = slots.filter((slot) => slot.cell > 0);
  const last = document ? documentColumn(definition) : ownColumns.rest;
  const columns = [definition.keyColumn, ...stored.map((slot) => slot.column), last];
  return {
    definition,
    name: definition.name,
    keyColumn: definition.keyColumn,
    slots,
    slotOf: new Map(slots.map((slot) => [slot.member, slot])),
    columns,
    restCell: columns.length - 1,
    document,
    searched: definition.search.length > 0,
  };
}

/** The column of a field, `$key` included. */
export function columnOf(layout: TableLayout, field: Field): string {
  return field === keyField || field.member === keyField.member ? layout.keyColumn : field.column;
}
