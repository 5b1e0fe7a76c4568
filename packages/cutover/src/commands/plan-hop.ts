import { isStorageError } from "@cutover/core";
import { hopInWords, hopOf } from "../hop/hop.ts";
import { PostgresPlace } from "../hop/postgres-place.ts";
import { databaseContent, type DatabaseContent } from "../migration/database-content.ts";
import { checkRecordedDatabase } from "../migration/recorded-database.ts";
import type { Answer, Blocker } from "../output/answer.ts";
import { formatBytes, formatCount } from "../output/quantity.ts";
import { checkFirstHop } from "../units/first-hop.ts";
import { printWay } from "./plan-units.ts";
import type { UnitTarget } from "./unit-session.ts";

/** What stands against a hop to a server before it begins: the server itself. Changes nothing there. */
export async function serverBlockers({ target }: UnitTarget): Promise<Blocker[]> {
  const { project } = target;
  if (hopOf(project.config).to !== "postgres") return [];
  const problem = await new PostgresPlace(project).problem();
  return problem === undefined ? [] : [{ code: problem.code, message: problem.message }];
}

async function firstHopBlockers({ target }: UnitTarget): Promise<Blocker[]> {
  try {
    await checkFirstHop(target.project);
    return [];
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return [{ code: error.code, message: error.message }];
  }
}

/** Where a hop leads, in words. */
export function destinationOf({ target }: Pick<UnitTarget, "target">): string {
  const { project, databasePath } = target;
  const isFar = hopOf(project.config).to === "postgres";
  return isFar ? new PostgresPlace(project).inWords : databasePath;
}

interface Looked {
  /** Undefined where the database cannot be told to be the one that moves; `blockers` says why. */
  readonly content: DatabaseContent | undefined;
  readonly blockers: readonly Blocker[];
}

/** What lies in the database; it is not looked at before the first hop is complete. */
async function lookAtSource(found: UnitTarget): Promise<Looked> {
  const blockers = await firstHopBlockers(found);
  if (blockers.length > 0) return { content: undefined, blockers };
  const { target, chosen, session } = found;
  const { folder, databasePath, project } = target;
  const collections = chosen.flatMap((unit) => unit.collections);
  try {
    await checkRecordedDatabase({ folder, databasePath }, project.record);
    return { content: await databaseContent({ databasePath, collections }), blockers };
  } catch (error) {
    session.signal.throwIfAborted();
    const code = isStorageError(error) ? error.code : "database-unreadable";
    const message = error instanceof Error ? error.message : String(error);
    return { content: undefined, blockers: [{ code, message }] };
  }
}

function printContent({ collections }: DatabaseContent, { session }: UnitTarget): void {
  session.output.table(
    [{ title: "collection" }, { title: "records", align: "right" }],
    collections.map(({ name, exists, records }) => [name, exists ? formatCount(records) : "–"]),
  );
  session.output.line();
}

/** `cutover plan` of a second hop that nothing was started of. */
export async function planSecondHop(found: UnitTarget): Promise<Answer> {
  const { target, session, chosen } = found;
  const { content, blockers } = await lookAtSource(found);
  const blockedBy = [...blockers, ...(await serverBlockers(found))];
  const hop = hopOf(target.project.config);
  if (content !== undefined) printContent(content, found);
  const size = content === undefined ? "" : ` (${formatBytes(content.sizeBytes)})`;
  session.output.line(
    `${target.databasePath}${size} would move to ${destinationOf(found)} (${hopInWords(hop)}); it is kept up to date all the way.`,
  );
  await printWay(found);
  const isOpen = blockedBy.length === 0;
  return {
    ok: isOpen,
    canAdvance: isOpen,
    blockedBy,
    reversible: true,
    nextSteps: [`cutover ${isOpen ? "start" : "doctor"} ${target.word}`],
    exitCode: isOpen ? 0 : 4,
    details: {
      folder: target.folder,
      database: target.databasePath,
      hop,
      units: chosen.map(({ name }) => name),
      ...content,
    },
  };
}
