import type { Operator } from "@cutover/engine";
import { hopOf } from "../hop/hop.ts";
import { refusal } from "../migration/refusal.ts";
import { UsageError } from "../output/error-report.ts";
import { chosenBackend } from "../state/migration-record.ts";
import { checkDatabase } from "../units/check-database.ts";
import { checkBeginning, isGradual, isOnHop, unitsOf } from "../units/project-units.ts";
import { selectUnits } from "../units/select-units.ts";
import type { ProjectUnit } from "../units/unit-plan.ts";
import { openUnitStores, type UnitStores } from "../units/unit-stores.ts";
import { operatorOf } from "../units/unit-operator.ts";
import type { Session } from "./command.ts";
import { folderTarget, type FolderTarget } from "./folder-target.ts";
import { actorOf, type MoveFlags } from "./unit-flags.ts";

/** The units a command is for, before anything was opened. */
export interface UnitTarget {
  readonly target: FolderTarget;
  readonly session: Session;
  readonly flags: MoveFlags;
  /** Every unit of the folder. */
  readonly all: readonly ProjectUnit[];
  /** Those that the command is for. */
  readonly chosen: readonly ProjectUnit[];
  /** Whether any unit was ever started, so that there is a control store to ask. */
  readonly isBegun: boolean;
}

/** The same with everything open. */
export interface UnitSession extends UnitTarget {
  readonly stores: UnitStores;
  readonly operator: Operator;
}

/** Finds out which units a command is for. @throws UsageError; StorageError CONFIG_INVALID, STAGE_REFUSED */
export async function unitTarget(
  folder: string | undefined,
  flags: MoveFlags,
  session: Session,
): Promise<UnitTarget> {
  const target = await folderTarget(folder, flags, session);
  const { project, word } = target;
  const inCharge = chosenBackend(project.record);
  if (inCharge === "sqlite" && hopOf(project.config).from !== "sqlite") {
    throw refusal(
      `${target.folder} was migrated as a whole: the database has all its data, and no unit is left to move`,
      `cutover status ${word}`,
    );
  }
  if (project.source === "inferred") {
    throw refusal(
      `${target.folder} has no config, and units are made of the collections that one defines`,
      `cutover init ${word} --write`,
    );
  }
  checkBeginning(project);
  const all = unitsOf(project);
  const isBegun = isOnHop(project);
  return { target, session, flags, all, chosen: selectUnits(all, flags), isBegun };
}

/** The same for a folder whose collections move one by one; undefined for one that moves as a whole. */
export async function gradualTarget(
  folder: string | undefined,
  flags: MoveFlags,
  session: Session,
): Promise<UnitTarget | undefined> {
  const { project } = await folderTarget(folder, flags, session);
  if (isGradual(project)) return unitTarget(folder, flags, session);
  const { team, unit, ramp } = flags;
  if (team === undefined && unit === undefined && ramp === undefined) return undefined;
  throw new UsageError(
    `${project.folder} moves as a whole: its config has no \`teams\`, so that there are no units to choose`,
  );
}

/** How to open a {@link UnitSession}. */
export interface SessionOptions {
  /** Go on though the database of a unit that moves is missing. Default: false. */
  readonly mayLackDatabase?: boolean;
}

/** Opens both stores and the control store for as long as `work` runs. @returns what it returned */
export async function withUnits<T>(
  found: UnitTarget,
  work: (units: UnitSession) => Promise<T>,
  { mayLackDatabase = false }: SessionOptions = {},
): Promise<T> {
  const { target, session, flags } = found;
  const { project } = target;
  const stores = await openUnitStores(project, {
    warn: ({ message }) => session.output.warn(message),
  });
  try {
    const operator = await operatorOf(stores, project.config.cutover, { actor: actorOf(flags) });
    if (!mayLackDatabase) await checkDatabase(target, operator, stores.hop);
    return await work({ ...found, stores, operator });
  } finally {
    await stores[Symbol.asyncDispose]();
  }
}

const sidesInWords = { json: "the JSON files have", sqlite: "the database has" } as const;

/** @throws StorageError STAGE_REFUSED where nothing was started yet */
export function checkBegun({ isBegun, target }: UnitTarget): void {
  if (isBegun) return;
  const { from } = hopOf(target.project.config);
  throw refusal(
    `no unit of ${target.folder} was started yet on this hop; ${sidesInWords[from]} everything`,
    `cutover start ${target.word}`,
  );
}
