import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isStorageError, type FilePosition, type JsonValue } from "@cutover/core";
import { fileFailure } from "../state/file-failure.ts";
import { readPlacedJson } from "../state/placed-json.ts";
import type { CollectionProposal } from "./collection-proposal.ts";
import { outlineOf, type FileOutline } from "./file-outline.ts";
import { shapeOf, type FileShape } from "./file-shape.ts";
import { proposeCollection } from "./propose-collection.ts";
import { RecordStats } from "./record-stats.ts";

/** Something in a file that cannot be read. */
export interface FileProblem {
  readonly message: string;
  readonly position: FilePosition;
}

/** What a JSON file looks like. */
export interface FileReport {
  /** Relative to the data folder, with `/`. */
  readonly file: string;
  readonly sizeBytes: number;
  /** `none`: no records could be made out. `broken`: no valid JSON. */
  readonly kind: FileShape["kind"] | "none" | "broken";
  readonly records: number;
  readonly stats: RecordStats;
  /** Undefined where something has to be decided, or mended, first. */
  readonly proposal: CollectionProposal | undefined;
  /** What could not be decided, and what a reader should know. */
  readonly notes: readonly string[];
  /** Records that cannot be read, and breaks of the grammar. */
  readonly problems: readonly FileProblem[];
}

/** What to look at. */
export interface FileToInspect {
  readonly folder: string;
  /** Relative to the folder, with `/`. */
  readonly file: string;
  /** The collection's name. */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
}

const mostProblems = 20;
/** A single value longer than this is text; whether it ends well changes nothing. */
const mostScalarBytes = 1_000_000;
/** Arrays are read before their key is known: what that finds missing says nothing. */
const anyKey = "id";
const aboutKeys: ReadonlySet<string> = new Set([
  "empty-key",
  "key-missing",
  "key-not-text",
  "key-repeated",
  "key-too-long",
  "not-an-object",
]);

interface Seen {
  readonly stats: RecordStats;
  readonly problems: readonly FileProblem[];
  readonly isBroken: boolean;
}

async function seeRecords(path: string, shape: FileShape, input: FileToInspect): Promise<Seen> {
  const { scanRecords } = await import("@cutover/json");
  const stats = new RecordStats(shape.shape === "array");
  const problems: FileProblem[] = [];
  const source = createReadStream(path, { signal: input.signal });
  const layout = { shape: shape.shape, at: shape.at, keyMember: anyKey };
  try {
    for await (const batch of scanRecords(source, { file: input.file, layout })) {
      for (const record of batch) {
        const { problem } = record;
        const isGuess = shape.shape === "array" && aboutKeys.has(problem?.code ?? "");
        if (problem !== undefined && !isGuess && problems.length < mostProblems) {
          const { line, column, path: at } = problem.position;
          const message = `${input.file}, line ${line}, column ${column}, at ${at}: ${problem.message}`;
          problems.push({ message, position: problem.position });
        }
        // Only counted, never kept or shown: what a record may hold is checked when it is migrated.
        const value: JsonValue = JSON.parse(record.bytes.toString("utf8"));
        stats.see(value);
      }
    }
  } catch (error) {
    const position = isStorageError(error, "CORRUPT_DATA") ? error.details.position : undefined;
    if (!isStorageError(error) || position === undefined) throw error;
    problems.push({ message: error.message, position });
    return { stats, problems, isBroken: true };
  }
  return { stats, problems, isBroken: false };
}

/** A file without records may be one that is no JSON at all. */
async function faultsIn(
  path: string,
  kind: FileOutline["kind"],
  input: FileToInspect & { readonly sizeBytes: number },
): Promise<readonly FileProblem[]> {
  if (kind === "array") {
    const shape: FileShape = { kind: "array", shape: "array", at: [], notes: [] };
    const { problems, isBroken } = await seeRecords(path, shape, input);
    return isBroken ? problems : [];
  }
  if (kind === "blank" || input.sizeBytes > mostScalarBytes) return [];
  const { fault } = readPlacedJson(await readFile(path, "utf8"));
  if (fault === undefined) return [];
  const { message, offset, line, column } = fault;
  const { file } = input;
  const position = { file, offset, line, column, path: "$" };
  return [{ message: `${file}, line ${line}, column ${column}: ${message}`, position }];
}

/**
 * Looks at one file, in memory bounded by its largest record.
 * @throws StorageError IO_FAILED; rethrows the signal's reason
 */
export async function inspectFile(input: FileToInspect): Promise<FileReport> {
  const { folder, file, name, signal } = input;
  const path = join(folder, file);
  try {
    const { size: sizeBytes } = await stat(path);
    const outline = await outlineOf(createReadStream(path, { signal }));
    const shape = shapeOf(outline);
    if (shape.kind === "none") {
      const problems = await faultsIn(path, outline.kind, { ...input, sizeBytes });
      const nothing = { records: 0, stats: new RecordStats(false), proposal: undefined, problems };
      const isBroken = problems.length > 0;
      const notes = isBroken ? [] : shape.notes;
      return { file, sizeBytes, kind: isBroken ? "broken" : "none", notes, ...nothing };
    }
    const { stats, problems, isBroken } = await seeRecords(path, shape, input);
    const found = { file, sizeBytes, records: stats.records, stats, problems };
    if (isBroken) return { ...found, kind: "broken", proposal: undefined, notes: [] };
    const { proposal, notes } = proposeCollection(name, { ...shape, path: file }, stats);
    return { ...found, kind: shape.kind, proposal, notes: [...shape.notes, ...notes] };
  } catch (error) {
    signal?.throwIfAborted();
    throw isStorageError(error) ? error : fileFailure("read", path, error);
  }
}
