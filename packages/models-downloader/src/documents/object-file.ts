import { readFile } from "node:fs/promises";
import { isJsonObject, type JsonObject, type JsonValue, StorageError } from "@cutover/core";

/**
 * Makes a reader of a file that is only ever read here; it answers undefined where there is none.
 *
 * The reader rejects with CORRUPT_DATA when the file is there and holds no JSON object.
 */
export function objectFile(path: string): () => Promise<JsonObject | undefined> {
  return async () => {
    const text = await textOf(path);
    if (text === undefined) return undefined;
    const document = parsed(path, text);
    if (isJsonObject(document)) return document;
    throw new StorageError("CORRUPT_DATA", `${path} does not hold a JSON object; mend it`);
  };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new StorageError("IO_FAILED", `cannot read ${path}`, { cause });
  }
}

function parsed(path: string, text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text.replace(/^\ufeff/, ""));
    return value;
  } catch {
    // The parser's own message quotes the file.
    throw new StorageError("CORRUPT_DATA", `${path} is not JSON; mend it`);
  }
}
