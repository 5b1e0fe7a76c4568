import type { ControlStore, StorageBackend } from "@cutover/core";
import { hopOf, type Hop, type StoreKind } from "../hop/hop.ts";
import { PostgresPlace } from "../hop/postgres-place.ts";
import { openJson } from "../project/open-json.ts";
import type { Project } from "../project/project.ts";
import type { Warn } from "../project/storage-warning.ts";
import { checkFirstHop } from "./first-hop.ts";
import { localControl, serverControl } from "./open-control.ts";
import { checkUnitsStand, unitsOf } from "./project-units.ts";
import type { ProjectUnit } from "./unit-plan.ts";

/** Both stores of a folder whose collections move one by one, and what decides between them. */
export interface UnitStores extends AsyncDisposable {
  readonly units: readonly ProjectUnit[];
  readonly hop: Hop;
  readonly old: StorageBackend;
  readonly new: StorageBackend;
  readonly control: ControlStore;
}

/** How to open {@link UnitStores}. */
export interface UnitOpening {
  readonly clock?: () => number;
  readonly warn: Warn;
}

type OpenStore = (
  project: Project,
  units: readonly ProjectUnit[],
  opening: UnitOpening,
) => Promise<StorageBackend>;

const givenOf = ({ clock }: UnitOpening): { clock?: () => number } =>
  clock === undefined ? {} : { clock };
const collectionsOf = (units: readonly ProjectUnit[]): ProjectUnit["collections"] =>
  units.flatMap((unit) => unit.collections);

const openers: Readonly<Record<StoreKind, OpenStore>> = {
  json: (project, units, opening) =>
    openJson(project, {
      collections: collectionsOf(units),
      check: () => checkUnitsStand(project, units),
      warn: opening.warn,
      ...givenOf(opening),
    }),
  sqlite: async ({ databasePath: path, config }, units, opening) => {
    const { sqliteBackend } = await import("@cutover/kysely/sqlite");
    const collections = collectionsOf(units);
    return sqliteBackend({ path, collections, ...givenOf(opening), ...config.sqlite });
  },
  postgres: (project, units, opening) =>
    new PostgresPlace(project).store(collectionsOf(units), givenOf(opening)),
};

function openControl(
  project: Project,
  units: readonly ProjectUnit[],
  { clock }: UnitOpening,
): Promise<ControlStore> {
  return hopOf(project.config).to === "postgres"
    ? serverControl(project, new PostgresPlace(project), { units, clock })
    : localControl(project, clock);
}

/**
 * Opens both stores and the control store.
 *
 * @throws StorageError STAGE_REFUSED where the control store is gone, or the config contradicts the
 *   record; CONFIG_INVALID, CONNECTION_LOST, CORRUPT_DATA, IO_FAILED
 */
export async function openUnitStores(project: Project, opening: UnitOpening): Promise<UnitStores> {
  const units = unitsOf(project);
  const hop = hopOf(project.config);
  await checkFirstHop(project);
  const control = await openControl(project, units, opening);
  const opened: StorageBackend[] = [];
  const open = async (kind: StoreKind): Promise<StorageBackend> => {
    const store = await openers[kind](project, units, opening);
    opened.push(store);
    return store;
  };
  const dispose = async (): Promise<void> => {
    for (const part of [...opened, control]) await part.close();
  };
  try {
    const old = await open(hop.from);
    const successor = await open(hop.to);
    return { units, hop, old, new: successor, control, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
