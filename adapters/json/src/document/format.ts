import type { JsonValue } from "@cutover/core";
import { writeValue } from "./value-writer.ts";

/** How a document spells what JSON leaves open. */
export interface DocumentFormat {
  /** White space of one level, such as two spaces; `""` puts everything on one line. */
  readonly indent: string;
  readonly newline: "\n" | "\r\n";
  /** What follows a comma inside one line: `" "` (Python) or `""` (JSON.stringify). */
  readonly itemSeparator: string;
  /** What follows a colon: `" "` or `""`. */
  readonly keySeparator: string;
  /** Write everything from U+007F on as lower-case `\uXXXX`, as Python's `ensure_ascii` does. */
  readonly ascii: boolean;
  /** Write `/` as `\/`. */
  readonly escapeSlash: boolean;
  /** End the file with a line break. Only for new files: existing ones keep their ending. */
  readonly trailingNewline: boolean;
  /** Begin the file with a byte order mark. Only for new files: existing ones keep theirs. */
  readonly byteOrderMark: boolean;
  /** Containers this deep and deeper stand on one line; the top-level container is 0. */
  readonly inlineFrom: number;
  /** Arrays of scalars stand on one line even where objects do not. */
  readonly inlineScalarArrays: boolean;
}

/** New files: two spaces, `\n`, UTF-8 as it is, a trailing line break. */
export const defaultFormat: DocumentFormat = {
  indent: "  ",
  newline: "\n",
  itemSeparator: " ",
  keySeparator: " ",
  ascii: false,
  escapeSlash: false,
  trailingNewline: true,
  byteOrderMark: false,
  inlineFrom: Number.POSITIVE_INFINITY,
  inlineScalarArrays: false,
};

/**
 * The bytes of `value` as they stand at nesting depth `depth` of a document (0 is the top level).
 * The first line is not indented. With the right format the bytes are those of Python's
 * `json.dump` or of `JSON.stringify`.
 */
export function formatValue(value: JsonValue, format: DocumentFormat, depth: number): Buffer {
  const indentation = format.indent.repeat(depth);
  return Buffer.from(writeValue(value, { format, depth, indentation, isInline: false }), "utf8");
}
