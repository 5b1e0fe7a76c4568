import { printable, widthOf } from "./printable.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Default: `left`; numbers read better on the `right`. */
  readonly align?: "left" | "right";
}

function padded(text: string, width: number, column: Column | undefined): string {
  const gap = " ".repeat(Math.max(0, width - widthOf(text)));
  return column?.align === "right" ? `${gap}${text}` : `${text}${gap}`;
}

/** The lines of a table: a line of titles, then the rows, columns aligned and two spaces apart. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const titles = columns.map((column) => column.title);
  // A line break or a tab inside a cell would break the alignment.
  const cells = [titles, ...rows].map((row) =>
    row.map((cell) => printable(cell.replaceAll(/[\n\t]/g, " "))),
  );
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((row) => widthOf(row[index] ?? ""))),
  );
  return cells.map((row) =>
    columns
      .map((column, index) => padded(row[index] ?? "", widths[index] ?? 0, column))
      .join("  ")
      .trimEnd(),
  );
}
