import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { StorageError, type CollectionDefinition, type JsonValue } from "cutover";

/** A JSON object, as `JSON.parse` gives it. */
export type Members = Readonly<Record<string, JsonValue>>;

/** Whether a value is a JSON object. */
export function isMembers(value: JsonValue | undefined): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unexpected(file: string, what: string): StorageError {
  return new StorageError("CORRUPT_DATA", `${file}: ${what}`, {});
}

/**
 * The records of a collection in the order of its file, read with `JSON.parse` and nothing of the
 * library: what is checked must not be read by what wrote it.
 */
export async function plainRecords(
  folder: string,
  { file, keyMember }: CollectionDefinition,
): Promise<Map<string, JsonValue>> {
  const text = await readFile(join(folder, file.path), "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return new Map();
  let found: JsonValue | undefined = JSON.parse(text);
  for (const name of file.at) found = isMembers(found) ? found[name] : undefined;
  if (isMembers(found)) return new Map(Object.entries(found));
  if (!Array.isArray(found) || keyMember === undefined)
    throw unexpected(file.path, "there are no records");
  return new Map(
    found.map((record) => {
      const key = isMembers(record) ? record[keyMember] : undefined;
      if (typeof key !== "string") throw unexpected(file.path, `a record has no \`${keyMember}\``);
      return [key, record];
    }),
  );
}
