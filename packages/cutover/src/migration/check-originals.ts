import type { MigrationRecord } from "../state/migration-record.ts";
import type { IntendedFile } from "./intent.ts";
import type { OriginalGroup } from "./original-group.ts";
import { digestFile, type SourceDigest } from "./source-file.ts";

/** What became of an original since the migration. */
export type OriginalState = "same" | "edited" | "removed" | "appeared";

/** An original and what it is now. */
export interface CheckedOriginal {
  readonly group: OriginalGroup;
  readonly state: OriginalState;
  /** Undefined where there is no file. */
  readonly digest: SourceDigest | undefined;
}

function stateOf(
  digest: SourceDigest | undefined,
  recorded: string | undefined,
  intended: string | undefined,
): OriginalState {
  if (digest === undefined) return recorded === undefined ? "same" : "removed";
  // A rollback that died had already put its own file in place.
  if (digest.sha256 === intended) return "same";
  if (recorded === undefined) return "appeared";
  return digest.sha256 === recorded ? "same" : "edited";
}

/**
 * Compares the originals with what the record says they were when the database took over.
 * @param intended - files that an unfinished rollback may have put in place
 */
export async function checkOriginals(
  groups: readonly OriginalGroup[],
  record: MigrationRecord,
  options: {
    readonly intended?: readonly IntendedFile[];
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<CheckedOriginal[]> {
  const recorded = new Map(record.originals.map(({ file, sha256 }) => [file, sha256]));
  const intended = new Map((options.intended ?? []).map(({ file, sha256 }) => [file, sha256]));
  const checked: CheckedOriginal[] = [];
  for (const group of groups) {
    const digest = await digestFile(group.path, options.signal);
    const state = stateOf(digest, recorded.get(group.file), intended.get(group.file));
    checked.push({ group, state, digest });
  }
  return checked;
}
