import { isStorageError } from "@cutover/core";
import { hopInWords, hopOf } from "../hop/hop.ts";
import { PostgresPlace } from "../hop/postgres-place.ts";
import type { Answer, Blocker } from "../output/answer.ts";
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

/** `cutover plan` of a second hop that nothing was started of. */
export async function planSecondHop(found: UnitTarget): Promise<Answer> {
  const { target, session } = found;
  const blockedBy = [...(await firstHopBlockers(found)), ...(await serverBlockers(found))];
  const hop = hopOf(target.project.config);
  session.output.line(
    `${target.databasePath} would move to ${destinationOf(found)} (${hopInWords(hop)}); it is kept up to date all the way.`,
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
    details: { folder: target.folder, hop, units: found.chosen.map(({ name }) => name) },
  };
}
