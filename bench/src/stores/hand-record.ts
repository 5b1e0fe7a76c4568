import type { BenchmarkRecord } from "@cutover/fixtures";
import { columns } from "./models.ts";

type Text = string | null;

/** A row of our table in the order of {@link handColumns}, where asked for with its place. */
export type HandRow = readonly [
  url: Text,
  urlSource: Text,
  source: Text,
  repo: Text,
  repoPath: Text,
  type: Text,
  directory: Text,
  path: Text,
  description: Text,
  cachedAt: Text,
  scannedAt: Text,
  sizeBytes: number | null,
  rating: number | null,
  fromDownload: number | null,
  tags: Text,
  rest: Text,
  key: string,
  position?: number,
];

/** The key comes last, so that a row without it decodes alike. */
export const handColumns: readonly string[] = [...columns.slice(1), "_rest", "filename"];

/** There are slower paths for what records may be else; nobody takes them here. */
function strange(): never {
  throw new RangeError("the benchmark has no such record");
}

/** The record of a row, decoded as a generated decoder would at its best. */
export function handRecord(key: string, row: HandRow): BenchmarkRecord {
  const url = row[0];
  const url_source = row[1];
  const source = row[2];
  const hf_repo = row[3];
  const hf_path = row[4];
  const model_type = row[5];
  const directory = row[6];
  const path = row[7];
  const description = row[8];
  const cached_at = row[9];
  const scanned_at = row[10];
  const size_bytes = row[11];
  const rating = row[12];
  const from_download = row[13];
  const tags = row[14];
  if (
    row[15] !== null ||
    url === null ||
    url_source === null ||
    source === null ||
    hf_repo === null ||
    hf_path === null ||
    model_type === null ||
    directory === null ||
    path === null ||
    description === null ||
    cached_at === null ||
    scanned_at === null ||
    size_bytes === null ||
    rating === null ||
    from_download === null ||
    tags === null
  ) {
    return strange();
  }
  return {
    filename: key,
    url,
    url_source,
    source,
    hf_repo,
    hf_path,
    model_type,
    directory,
    path,
    description,
    cached_at,
    scanned_at,
    size_bytes,
    rating,
    from_download: from_download === 1,
    tags: listOf(tags),
  };
}

function listOf(text: string): readonly string[] {
  const list: readonly string[] = JSON.parse(text);
  return list;
}

const isText = (text: unknown): boolean =>
  typeof text === "string" && text.isWellFormed() && !text.includes("\0");

/** Whether an object has the members of a record, in their order, and no others. */
function isRegular(value: BenchmarkRecord): boolean {
  let next = 0;
  for (const member in value) if (member !== columns[next++]) return false;
  return next === columns.length && Object.getPrototypeOf(value) === Object.prototype;
}

/** Checks what the contract asks of a value. @throws RangeError where a slower path would look again */
export function checkRecord(key: string, value: BenchmarkRecord): void {
  const { size_bytes, rating, from_download } = value;
  const isFit =
    isRegular(value) &&
    value.filename === key &&
    Number.isSafeInteger(size_bytes) &&
    Number.isFinite(rating) &&
    typeof from_download === "boolean" &&
    isText(key) &&
    isText(value.url) &&
    isText(value.url_source) &&
    isText(value.source) &&
    isText(value.hf_repo) &&
    isText(value.hf_path) &&
    isText(value.model_type) &&
    isText(value.directory) &&
    isText(value.path) &&
    isText(value.description) &&
    isText(value.cached_at) &&
    isText(value.scanned_at) &&
    Array.isArray(value.tags) &&
    value.tags.every(isText);
  if (!isFit) strange();
}

/** The cells of a record in the order of {@link handColumns}, checked; they are its copy too. */
export function handCells(key: string, value: BenchmarkRecord): HandRow {
  checkRecord(key, value);
  return [
    value.url,
    value.url_source,
    value.source,
    value.hf_repo,
    value.hf_path,
    value.model_type,
    value.directory,
    value.path,
    value.description,
    value.cached_at,
    value.scanned_at,
    value.size_bytes,
    value.rating,
    value.from_download ? 1 : 0,
    JSON.stringify(value.tags),
    null,
    key,
  ];
}
