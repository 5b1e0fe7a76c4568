import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, StorageError, type JsonValue } from "@cutover/core";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { makeFolder, replaceDurably, syncFolder } from "../state/write-durably.ts";

/** A file that a rollback is about to put in the place of an original. */
export interface IntendedFile {
  /** Relative to the data folder, with `/`. */
  readonly file: string;
  /** Where its new content lies until it is renamed; relative to the data folder. */
  readonly temp: string;
  /** Of the new content. */
  readonly sha256: string;
}

/**
 * What a command is about to do, so that whoever finds it dead can tell its traces from somebody
 * else's data. It decides nothing: the record does.
 */
export type Intent =
  | {
      readonly kind: "migrate";
      /** Relative to the data folder where possible: where the database goes. */
      readonly database: string;
      /** Identity of the finished database; a rename keeps it, a write does not. */
      readonly identity: string;
    }
  | {
      readonly kind: "rollback";
      /** The epoch of the record that the rollback began under. */
      readonly epoch: number;
      readonly files: readonly IntendedFile[];
    };

function intentPath(folder: string): string {
  return join(folder, ".cutover", "intent.json");
}

function textOf(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  throw new TypeError("text is expected");
}

function fileOf(value: JsonValue): IntendedFile {
  if (!isJsonObject(value)) throw new TypeError("an object is expected");
  return {
    file: textOf(value["file"]),
    temp: textOf(value["temp"]),
    sha256: textOf(value["sha256"]),
  };
}

function parse(text: string): Intent {
  const value: JsonValue = JSON.parse(text);
  if (!isJsonObject(value)) throw new TypeError("an object is expected");
  if (value["kind"] === "migrate") {
    const { database, identity } = value;
    return { kind: "migrate", database: textOf(database), identity: textOf(identity) };
  }
  const { kind, epoch, files } = value;
  if (kind !== "rollback" || typeof epoch !== "number" || !Array.isArray(files)) {
    throw new TypeError("an intent is expected");
  }
  return { kind, epoch, files: files.map(fileOf) };
}

/** The intent of a command that has not finished, if there is one. @throws StorageError CORRUPT_DATA, IO_FAILED */
export async function readIntent(folder: string): Promise<Intent | undefined> {
  const path = intentPath(folder);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw fileFailure("read", path, error);
  }
  try {
    return parse(text);
  } catch (cause) {
    throw new StorageError(
      "CORRUPT_DATA",
      `${path} is no note of this program; look at it, then move it away`,
      { operation: "recover", cause },
    );
  }
}

/** Makes the intent durable; it replaces the one before. */
export async function writeIntent(folder: string, intent: Intent): Promise<void> {
  await makeFolder(join(folder, ".cutover"), 0o700);
  await replaceDurably(intentPath(folder), `${JSON.stringify(intent, null, 2)}\n`);
}

/** Forgets the intent: what it announced is done, or undone. */
export async function removeIntent(folder: string): Promise<void> {
  const path = intentPath(folder);
  try {
    await rm(path, { force: true });
    await syncFolder(join(folder, ".cutover"));
  } catch (error) {
    throw fileFailure("remove", path, error);
  }
}
