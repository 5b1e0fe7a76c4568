import { JsonDocument } from "./document.ts";
import { defaultFormat, type DocumentFormat } from "./format.ts";
import { KeyIndex } from "./key-index.ts";
import { type DocumentLayout, keyMemberOf } from "./layout.ts";
import { styleFromFormat } from "./style.ts";
import { writeText } from "./value-writer.ts";

/** What a new document is made from. */
export interface EmptyOptions {
  /** Path of the file, for error messages and positions. */
  readonly file: string;
  readonly layout: DocumentLayout;
  /** What differs from {@link defaultFormat}. */
  readonly format?: Partial<DocumentFormat>;
}

/** Head and tail of a document whose records container is empty. */
function frame(layout: DocumentLayout, format: DocumentFormat): { head: string; tail: string } {
  let head = format.byteOrderMark ? "\ufeff" : "";
  let tail = "";
  layout.at.forEach((name, depth) => {
    const isInline = format.indent === "" || depth >= format.inlineFrom;
    const line = isInline ? "" : format.newline + format.indent.repeat(depth + 1);
    const closing = isInline ? "" : format.newline + format.indent.repeat(depth);
    head += `{${line}${writeText(name, format)}:${format.keySeparator}`;
    tail = `${closing}}${tail}`;
  });
  const [open, close] = layout.shape === "array" ? ["[", "]"] : ["{", "}"];
  return {
    head: head + open,
    tail: close + tail + (format.trailingNewline ? format.newline : ""),
  };
}

/**
 * A document without records, for a file that does not exist yet.
 * @throws StorageError CONFIG_INVALID when an array layout names no key member.
 */
export function emptyDocument(options: EmptyOptions): JsonDocument {
  const { file, layout } = options;
  keyMemberOf(layout);
  const format = { ...defaultFormat, ...options.format };
  const { head, tail } = frame(layout, format);
  const nothing = Buffer.alloc(0);
  return new JsonDocument({
    file,
    layout,
    format,
    style: styleFromFormat(format, layout),
    head: Buffer.from(head, "utf8"),
    firstGap: nothing,
    groups: [],
    lastGap: nothing,
    tail: Buffer.from(tail, "utf8"),
    index: new KeyIndex(new Map()),
    count: 0,
    opaqueCount: 0,
  });
}
