import { StorageError } from "@cutover/core";
import { type FileIdentity } from "./data-file.ts";
import { isFileName } from "./file-name.ts";

/** One file of a commit: which temp file takes which place. Paths are relative to the data folder. */
export interface CommitEntry {
  readonly file: string;
  readonly temp: string;
  /** The temp file, which keeps its inode when it is renamed. */
  readonly ino: bigint;
  /** What it replaces, so that whoever finishes the commit notices a foreign change. */
  readonly replaces: FileIdentity | undefined;
}

/** What a commit does, claimed under its revision's name. */
export interface CommitRecord {
  readonly revision: number;
  /** Unique to this attempt at the revision. */
  readonly token: string;
  readonly entries: readonly CommitEntry[];
  /** Tokens of the revisions before: `[0]` is that of `revision - 1`. */
  readonly recent: readonly string[];
}

/** Which format {@link formatRecord} writes. */
const recordFormat = 1;
/** How many earlier tokens a record keeps, for a writer to learn what became of its claim. */
export const recentTokens: number = 64;

/** The record of revision 0, claimed when the state folder is made. */
export const genesisRecord: CommitRecord = {
  revision: 0,
  token: "genesis",
  entries: [],
  recent: [],
};

/** JSON text of a record. */
export function formatRecord(record: CommitRecord): string {
  const text = { format: recordFormat, ...record };
  return JSON.stringify(text, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

/**
 * Reads what {@link formatRecord} wrote.
 * @throws StorageError FORMAT_TOO_NEW for a later format, CORRUPT_DATA for anything else
 */
export function parseRecord(text: string, path: string): CommitRecord {
  const parsed = parseJson(text);
  if (isObject(parsed) && typeof parsed["format"] === "number" && parsed["format"] > recordFormat) {
    throw new StorageError(
      "FORMAT_TOO_NEW",
      `${path} has format ${parsed["format"]}, this version knows ${recordFormat}; upgrade the library`,
      { backend: "json" },
    );
  }
  const record = isObject(parsed) ? recordOf(parsed) : undefined;
  if (record !== undefined) return record;
  throw new StorageError("CORRUPT_DATA", `${path} is no commit record; restore it from a backup`, {
    backend: "json",
  });
}

function recordOf(parsed: Record<string, unknown>): CommitRecord | undefined {
  const { revision, token, entries, recent } = parsed;
  if (typeof revision !== "number" || typeof token !== "string") return undefined;
  if (!Array.isArray(entries) || !Array.isArray(recent)) return undefined;
  const known = entries.map(entryOf).filter((entry) => entry !== undefined);
  const tokens = recent.filter((item) => typeof item === "string");
  if (known.length !== entries.length || tokens.length !== recent.length) return undefined;
  return { revision, token, entries: known, recent: tokens };
}

function entryOf(value: unknown): CommitEntry | undefined {
  if (!isObject(value)) return undefined;
  const { file, temp, ino, replaces } = value;
  if (typeof file !== "string" || typeof temp !== "string") return undefined;
  if (!isDigits(ino)) return undefined;
  // A record says what to rename: it may never point out of the data folder.
  if (!isFileName(file) || !isFileName(temp)) return undefined;
  return { file, temp, ino: BigInt(ino), replaces: identityOf(replaces) };
}

function identityOf(value: unknown): FileIdentity | undefined {
  if (!isObject(value)) return undefined;
  const { ino, size, mtimeNs } = value;
  if (!isDigits(ino) || !isDigits(size) || !isDigits(mtimeNs)) return undefined;
  return { ino: BigInt(ino), size: BigInt(size), mtimeNs: BigInt(mtimeNs) };
}

function isDigits(value: unknown): value is string {
  return typeof value === "string" && /^-?\d+$/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
