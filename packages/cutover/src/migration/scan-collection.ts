import {
  isStorageError,
  memberOf,
  type CollectionDefinition,
  type FilePosition,
} from "@cutover/core";
import { type RecordSlice, scanRecords } from "@cutover/json";
import type { Finding } from "./finding-list.ts";
import { layoutOf } from "./original-group.ts";

/** One record as it lies in a file, with what stands against taking it over. */
export interface ScannedRecord {
  readonly slice: RecordSlice;
  /** Undefined when the record can be taken over. */
  readonly finding: Finding | undefined;
}

function keyFinding(
  definition: CollectionDefinition,
  slice: RecordSlice,
): { code: string; message: string; position: FilePosition } | undefined {
  const { keyMember } = definition;
  if (keyMember === undefined || definition.file.shape === "array") return undefined;
  if (slice.problem !== undefined || memberOf(slice.value(), keyMember) === slice.key) {
    return undefined;
  }
  const message = `the member "${keyMember}" does not repeat the record's key; correct it, or drop \`key\` from the definition`;
  return { code: "key-mismatch", message, position: slice.position };
}

function findingOf(definition: CollectionDefinition, slice: RecordSlice): Finding | undefined {
  const problem = slice.problem ?? keyFinding(definition, slice);
  if (problem === undefined) return undefined;
  const { code, message, position } = problem;
  return { collection: definition.name, code, message, position, canQuarantine: true };
}

/**
 * The records of a collection as its file's bytes arrive.
 * @throws StorageError CORRUPT_DATA with the position where the file cannot be read any further
 */
export async function* scanCollection(
  definition: CollectionDefinition,
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<ScannedRecord[]> {
  const { path } = definition.file;
  for await (const batch of scanRecords(chunks, { file: path, layout: layoutOf(definition) })) {
    yield batch.map((slice) => ({ slice, finding: findingOf(definition, slice) }));
  }
}

/** The finding for a file that is no JSON, or is laid out otherwise; undefined for other errors. */
export function faultOf(definition: CollectionDefinition, error: unknown): Finding | undefined {
  if (!isStorageError(error, "CORRUPT_DATA") || error.details.position === undefined) {
    return undefined;
  }
  return {
    collection: definition.name,
    code: "corrupt-file",
    message: error.message,
    position: error.details.position,
    canQuarantine: false,
  };
}
