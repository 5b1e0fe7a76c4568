import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { livenessOf, type Liveness } from "../lock/process-identity.ts";
import { errnoOf } from "./file-error.ts";
import { finishHead } from "./roll-forward.ts";
import { type StoreContext } from "./store-context.ts";
import { processOfWriter, writerOfTemp, writerOfToken } from "./writer.ts";

/** A temp file lives for seconds; one of a writer that cannot be judged is left for an hour. */
const unknownTempMs = 3_600_000;
/** The note of a writer that cannot be judged, which may be open for weeks. */
const unknownNoteMs = 30 * 24 * 3_600_000;

/**
 * Removes what dead writers left. Cheap when there is nothing: one listing of a small folder.
 *
 * The order is the argument: a writer is found dead first, so it can claim nothing any more;
 * then the latest commit is read and finished, so none of its claimed temp files is left; what
 * still carries its name is nobody's. Writers that cannot be judged are swept by age, and only
 * where `alsoUnknown` asks for it.
 */
export async function sweepDeadWriters(
  context: StoreContext,
  options: { readonly alsoUnknown: boolean },
): Promise<void> {
  const writers = namesIn(context.paths.writers).filter((name) => name !== context.writer.name);
  const judged = writers.map((name) => ({ name, liveness: judge(name) }));
  const left = judged.filter(({ liveness }) =>
    options.alsoUnknown ? liveness !== "alive" : liveness === "dead",
  );
  if (left.length === 0) return;
  const head = context.log.head().retain();
  try {
    await finishHead(context, head);
  } finally {
    head.release();
  }
  const files = left.flatMap(({ name, liveness }) => sweepWriter(context, name, liveness));
  if (files.length > 0) context.warn({ kind: "swept", files });
}

/**
 * Finishes a claimed commit whose writer runs no more, so that programs without the library see
 * all of it. The sweep comes to it only if the writer's note survived, and a note is not synced.
 */
export async function finishAbandoned(context: StoreContext): Promise<void> {
  const head = context.log.head().retain();
  try {
    if (head.isPending && judge(writerOfToken(head.token)) !== "alive") {
      await finishHead(context, head);
    }
  } finally {
    head.release();
  }
}

function judge(writer: string): Liveness {
  const identity = processOfWriter(writer);
  return identity === undefined ? "unknown" : livenessOf(identity);
}

function sweepWriter(context: StoreContext, writer: string, liveness: Liveness): string[] {
  const note = join(context.paths.writers, writer);
  const folders = [...notedFolders(note), ".", ".cutover/json"];
  const isDead = liveness === "dead";
  const swept = [...new Set(folders)].flatMap((folder) =>
    namesIn(join(context.paths.root, folder))
      .filter((name) => writerOfTemp(name) === writer || isGrave(name, writer))
      .map((name) => (folder === "." ? name : `${folder}/${name}`))
      .filter((file) => isDead || isOlderThan(context.paths.data(file), unknownTempMs)),
  );
  for (const file of swept) rmSync(context.paths.data(file), { recursive: true, force: true });
  if (isDead || isOlderThan(note, unknownNoteMs)) rmSync(note, { force: true });
  return swept;
}

/** A lock that was being taken over when the writer died. */
function isGrave(name: string, writer: string): boolean {
  return name.startsWith(`lock.${writer.slice(0, writer.lastIndexOf("."))}.`);
}

function notedFolders(note: string): string[] {
  try {
    const noted: unknown = JSON.parse(readFileSync(note, "utf8"));
    const folders = Array.isArray(noted) ? noted.filter((item) => typeof item === "string") : [];
    // A note is only a hint where to look: never outside the data folder.
    return folders.filter((folder) => folder !== "" && !folder.split("/").includes(".."));
  } catch {
    // Empty after a power cut: the usual folders are looked at anyway.
    return [];
  }
}

function isOlderThan(path: string, ageMs: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > ageMs;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return [];
    throw error;
  }
}
