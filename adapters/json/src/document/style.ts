import { ascii } from "./bytes.ts";
import type { DocumentFormat } from "./format.ts";
import type { DocumentLayout } from "./layout.ts";
import type { JsonRecord } from "./record.ts";
import type { RecordStyle } from "./state.ts";

/** How a document without records would set its first ones. */
export function styleFromFormat(format: DocumentFormat, layout: DocumentLayout): RecordStyle {
  const depth = layout.at.length + 1;
  const isInline = format.indent === "" || layout.at.length >= format.inlineFrom;
  const indentation = format.indent.repeat(depth);
  const firstGap = isInline ? "" : format.newline + indentation;
  const lastGap = isInline ? "" : format.newline + format.indent.repeat(depth - 1);
  return {
    firstGap: Buffer.from(firstGap),
    separator: Buffer.from(`,${isInline ? format.itemSeparator : firstGap}`),
    lastGap: Buffer.from(lastGap),
    colon: `:${format.keySeparator}`,
    indentation,
    depth,
  };
}

/** The bytes around the records of a document, and its first records. */
export interface StyleEvidence {
  readonly firstGap: Buffer;
  readonly lastGap: Buffer;
  /** Between the first two records; undefined with fewer. */
  readonly separator: Buffer | undefined;
  readonly first: JsonRecord;
}

/** How a document with records sets them, learned from the first ones. */
export function styleFromRecords(
  evidence: StyleEvidence,
  format: DocumentFormat,
  layout: DocumentLayout,
): RecordStyle {
  const assumed = styleFromFormat(format, layout);
  const { firstGap, lastGap, first } = evidence;
  const lineBreak = firstGap.lastIndexOf(ascii.lineFeed);
  const lead = first.lead.toString("utf8");
  const onOneLine = Buffer.from(`,${format.itemSeparator}`);
  const derived = lineBreak < 0 ? onOneLine : Buffer.concat([Buffer.from(","), firstGap]);
  return {
    ...assumed,
    firstGap: Buffer.from(firstGap),
    lastGap: Buffer.from(lastGap),
    separator: Buffer.from(evidence.separator ?? derived),
    colon: layout.shape === "object" ? lead.slice(lead.lastIndexOf('"') + 1) : assumed.colon,
    indentation: lineBreak < 0 ? assumed.indentation : firstGap.toString("utf8", lineBreak + 1),
  };
}
