import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { isJsonObject, StorageError, type JsonObject, type JsonValue } from "@cutover/core";
import { parseJson } from "../layout/column.ts";

/** One collection of a backup. */
export interface BackedUp {
  /** As `describeDefinition` writes it. */
  readonly definition: JsonObject;
  readonly touched: boolean;
}

/** A record of a backup: which of the collections, its key, its value. */
export type BackupLine = readonly [collection: number, key: string, value: JsonValue];

export const backupFormat = "cutover-postgres-backup";
export const backupVersion = 1;

function damaged(path: string, cause?: unknown): StorageError {
  return new StorageError(
    "CORRUPT_DATA",
    `${path} is not a whole backup of this library's; keep it and try another one`,
    { cause },
  );
}

/** @throws StorageError CONFIG_INVALID, FORMAT_TOO_NEW, CORRUPT_DATA */
function headOf(line: string, path: string): readonly BackedUp[] {
  const head = parseJson(line);
  if (!isJsonObject(head) || head["format"] !== backupFormat) {
    throw new StorageError("CONFIG_INVALID", `${path} is not a backup that this library wrote`);
  }
  if (head["version"] !== backupVersion) {
    throw new StorageError("FORMAT_TOO_NEW", `${path} was written by a newer version; upgrade`);
  }
  const { collections } = head;
  if (!Array.isArray(collections)) throw damaged(path);
  return collections.map((item) => {
    if (!isJsonObject(item) || !isJsonObject(item["definition"])) throw damaged(path);
    return { definition: item["definition"], touched: item["touched"] === true };
  });
}

function lineOf(text: string, path: string): BackupLine {
  const line = parseJson(text);
  const [collection, key, value] = Array.isArray(line) ? line : [];
  if (typeof collection !== "number" || typeof key !== "string" || value === undefined)
    throw damaged(path);
  return [collection, key, value];
}

/** Only a line feed ends a line: `readline` ends them at U+2028, too, which JSON has inside its texts. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let parts: string[] = [];
  const chunks: AsyncIterable<string> = createReadStream(path, { encoding: "utf8" });
  for await (const chunk of chunks) {
    const [first = "", ...lines] = chunk.split("\n");
    parts.push(first);
    for (const line of lines) {
      yield parts.join("");
      parts = [line];
    }
  }
  const rest = parts.join("");
  if (rest !== "") yield rest;
}

/**
 * Reads a backup from its beginning to its end, which holds the digest of all before it.
 *
 * @throws StorageError CONFIG_INVALID, FORMAT_TOO_NEW, CORRUPT_DATA, or what `each` throws
 */
export async function readBackup(
  path: string,
  each: {
    readonly head: (collections: readonly BackedUp[]) => Promise<void>;
    readonly record: (line: BackupLine) => Promise<void> | undefined;
  },
): Promise<void> {
  const hash = createHash("sha256");
  let last: string | undefined;
  let isHead = true;
  for await (const line of linesOf(path)) {
    // One line behind: the last one is the end.
    if (last !== undefined) {
      hash.update(`${last}\n`);
      if (isHead) await each.head(headOf(last, path));
      else await each.record(lineOf(last, path));
      isHead = false;
    }
    last = line;
  }
  if (isHead && last !== undefined) headOf(last, path);
  if (last !== JSON.stringify({ sha256: hash.digest("hex") })) throw damaged(path);
}
