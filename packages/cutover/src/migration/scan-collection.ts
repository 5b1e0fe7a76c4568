import { isStorageError, memberOf, type CollectionDefinition } from "@cutover/core";
import { type RecordSlice, scanRecords } from "@cutover/json";
import type { Finding } from "./finding-list.ts";
import { layoutOf } from "./original-group.ts";
import { UniqueClaims } from "./unique-claims.ts";

/** One record as it lies in a file, with what stands against taking it over. */
export interface ScannedRecord {
  readonly slice: RecordSlice;
  /** Undefined when the record can be taken over. */
  readonly finding: Finding | undefined;
}

type Problem = Pick<Finding, "code" | "message" | "position">;

/** Finds what stands against taking records over, record by record. */
class RecordCheck {
  readonly #definition: CollectionDefinition;
  readonly #claims: UniqueClaims;

  constructor(definition: CollectionDefinition) {
    this.#definition = definition;
    this.#claims = new UniqueClaims(definition);
  }

  finding(slice: RecordSlice): Finding | undefined {
    const problem = slice.problem ?? this.#keyProblem(slice) ?? this.#clash(slice);
    if (problem === undefined) return undefined;
    const { code, message, position } = problem;
    return { collection: this.#definition.name, code, message, position, canQuarantine: true };
  }

  #keyProblem(slice: RecordSlice): Problem | undefined {
    const { keyMember, file } = this.#definition;
    if (keyMember === undefined || file.shape === "array") return undefined;
    if (memberOf(slice.value(), keyMember) === slice.key) return undefined;
    const message = `the member "${keyMember}" does not repeat the record's key; correct it, or drop \`key\` from the definition`;
    return { code: "key-mismatch", message, position: slice.position };
  }

  #clash(slice: RecordSlice): Problem | undefined {
    if (this.#definition.unique.length === 0 || slice.key === undefined) return undefined;
    const constraint = this.#claims.clash(slice.key, slice.value());
    if (constraint === undefined) return undefined;
    const message = `an earlier record has the same ${constraint}, which must be unique; correct one of them, or drop the constraint from the definition`;
    return { code: "unique-clash", message, position: slice.position };
  }
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
  const check = new RecordCheck(definition);
  for await (const batch of scanRecords(chunks, { file: path, layout: layoutOf(definition) })) {
    yield batch.map((slice) => ({ slice, finding: check.finding(slice) }));
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
