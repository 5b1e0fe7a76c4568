import {
  isJsonObject,
  searchText,
  setMember,
  StorageError,
  type JsonObject,
  type JsonValue,
  type KeyedValue,
} from "@cutover/core";
import type { Row, SqlValue } from "../sql/statement.ts";
import { parseJson } from "./column.ts";
import { generateDecoder, type CellDecoder } from "./generated-decoder.ts";
import { generateEncoder, type CellEncoder } from "./generated-encoder.ts";
import { columnMembers, mergeMembers, parseRest, reorder, sameOrder } from "./rest.ts";
import type { TableLayout } from "./table-layout.ts";

/** Carries records into rows of their table and back, losing nothing. */
export class RecordCodec {
  private readonly layout: TableLayout;
  private readonly blank: readonly SqlValue[];
  private decoder: CellDecoder | undefined;
  private encoder: CellEncoder | undefined;

  constructor(layout: TableLayout) {
    this.layout = layout;
    this.blank = layout.columns.map(() => null);
  }

  /** The key of a selected row. */
  keyOf(row: Row): string {
    return String(row[0]);
  }

  private get regular(): CellEncoder {
    return (this.encoder ??= encoderOf(this.layout));
  }

  private get cells(): CellDecoder {
    // At first use: a process that never reads a table does not pay for its decoder.
    return (this.decoder ??= decoderOf(this.layout));
  }

  /**
   * The value of a selected row.
   *
   * @throws StorageError CORRUPT_DATA naming table and key when a cell cannot be read
   */
  decode(row: Row): JsonValue {
    try {
      return this.cells.row(row);
    } catch (error) {
      throw this.corrupt(row[0], error);
    }
  }

  /** As {@link decode}, of a row that was selected by its key and lacks it. */
  decodeKeyed(row: Row, key: string): JsonValue {
    try {
      return this.cells.keyed(row, key);
    } catch (error) {
      throw this.corrupt(key, error);
    }
  }

  /** Keys and values of selected rows. @throws StorageError as {@link decode} */
  records(rows: readonly Row[]): KeyedValue[] {
    const { row: decodeRow } = this.cells;
    let at: SqlValue | undefined;
    try {
      return rows.map((row) => {
        at = row[0];
        return { key: String(at), value: decodeRow(row) };
      });
    } catch (error) {
      throw this.corrupt(at, error);
    }
  }

  /** As {@link records}. */
  byKey(rows: readonly Row[]): Map<string, JsonValue> {
    return new Map(this.records(rows).map(({ key, value }) => [key, value]));
  }

  /**
   * As {@link byKey}, of rows that were selected by a list of keys and lack them, one for each
   * key; in the row of a key that is not there the last cell is null.
   */
  listed(rows: readonly Row[], keys: readonly string[]): Map<string, JsonValue> {
    const { keyed } = this.cells;
    const last = this.layout.restCell - 1;
    const values = new Map<string, JsonValue>();
    let at: string | undefined;
    try {
      for (let index = 0; index < rows.length; index++) {
        const row = rows[index];
        at = keys[index];
        if (row === undefined || at === undefined || row[last] === null) continue;
        values.set(at, keyed(row, at));
      }
      return values;
    } catch (error) {
      throw this.corrupt(at, error);
    }
  }

  private corrupt(key: SqlValue | undefined, cause: unknown): StorageError {
    return new StorageError(
      "CORRUPT_DATA",
      `table "${this.layout.name}", key ${JSON.stringify(key)}: a cell does not hold what its column should; ` +
        "mend the row with SQL, or restore a backup",
      { collection: this.layout.name, cause },
    );
  }

  /** The cells of a record, in the order of the layout's columns, then its search tokens. */
  encode(key: string, value: JsonValue): SqlValue[] {
    const { layout } = this;
    const regular = isJsonObject(value) ? this.regular(key, value) : undefined;
    const cells = regular ?? this.anyCells(key, value);
    if (layout.searched) cells.push(searchText(layout.definition, value));
    return cells;
  }

  private anyCells(key: string, value: JsonValue): SqlValue[] {
    const { layout } = this;
    const cells = this.blank.slice();
    cells[0] = key;
    if (layout.document) cells[layout.restCell] = JSON.stringify(value);
    else if (!isJsonObject(value)) cells[layout.restCell] = JSON.stringify({ value });
    else cells[layout.restCell] = fillColumns(layout, cells, value);
    return cells;
  }
}

const nothingRegular: CellEncoder = () => undefined;

function encoderOf(layout: TableLayout): CellEncoder {
  return (layout.document ? undefined : generateEncoder(layout)) ?? nothingRegular;
}

/** Fills the cells of columns. @returns the text of `_rest`, or null where none is needed */
export function fillColumns(
  layout: TableLayout,
  cells: SqlValue[],
  value: JsonObject,
): string | null {
  let members: Record<string, JsonValue> | undefined;
  let last = -1;
  let ascending = true;
  for (const member of Object.keys(value)) {
    const item = value[member] ?? null;
    const slot = layout.slotOf.get(member);
    if (slot !== undefined && slot.fits(item)) {
      cells[slot.cell] = slot.codec.toCell(item);
      if (slot.index < last) ascending = false;
      last = slot.index;
    } else setMember((members ??= {}), member, item);
  }
  return ascending && members === undefined ? null : restText(layout, cells, { value, members });
}

function restText(
  layout: TableLayout,
  cells: readonly SqlValue[],
  record: { readonly value: JsonObject; readonly members: JsonObject | undefined },
): string | null {
  const { value, members } = record;
  const usual = mergeMembers(layout, columnMembers(layout, cells), members ?? {});
  const order = sameOrder(value, usual) ? undefined : Object.keys(value);
  return members === undefined && order === undefined ? null : JSON.stringify({ members, order });
}

function decoderOf(layout: TableLayout): CellDecoder {
  const rest = (row: Row): JsonValue => decodeRest(layout, row);
  const generated = layout.document ? undefined : generateDecoder(layout, rest);
  if (generated !== undefined) return generated;
  const row = layout.document ? decodeDocument(layout) : decodeColumns(layout);
  return { row, keyed: (cells, key) => row([key, ...cells]) };
}

function decodeDocument(layout: TableLayout): CellDecoder["row"] {
  const { keyMember } = layout.definition;
  return (row) => {
    const value = parseJson(String(row[layout.restCell]));
    const stale = keyMember !== undefined && isJsonObject(value) && value[keyMember] !== row[0];
    // The key column was changed with SQL; the member has to follow.
    return stale ? { ...value, [keyMember]: String(row[0]) } : value;
  };
}

/** Decodes slot by slot: what {@link generateDecoder} does, where it cannot. */
export function decodeColumns(layout: TableLayout): CellDecoder["row"] {
  const { restCell } = layout;
  return (row) =>
    typeof row[restCell] === "string" ? decodeRest(layout, row) : columnMembers(layout, row);
}

function decodeRest(layout: TableLayout, row: Row): JsonValue {
  const rest = parseRest(String(row[layout.restCell]));
  if (rest.value !== undefined) return rest.value;
  const value = mergeMembers(layout, columnMembers(layout, row), rest.members);
  return rest.order === undefined ? value : reorder(value, rest.order);
}
