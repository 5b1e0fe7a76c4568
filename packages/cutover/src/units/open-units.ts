import type { StorageBackend, StorageError } from "@cutover/core";
import type { CutoverOptions } from "@cutover/engine";
import type { CutoverSettings } from "../config/cutover-config.ts";
import type { AskedBackend } from "../project/asked-backend.ts";
import type { Project } from "../project/project.ts";
import { autoMigrate } from "./auto-migrate.ts";
import { checkDatabase } from "./check-database.ts";
import { joinFolder } from "./join-folder.ts";
import { obeyRequest } from "./obey-request.ts";
import { operatorOf } from "./unit-operator.ts";
import { openUnitStores, type UnitOpening } from "./unit-stores.ts";

/** How an application opens a folder whose collections move one by one. */
export interface UnitsOpening extends UnitOpening {
  readonly asked: AskedBackend | undefined;
}

const told = (unit: string, { message }: StorageError): string =>
  `the second store of unit "${unit}" could not be kept up: ${message}. What it lacks is marked, ` +
  "and made up for when it works again";

function reverseLimits({
  automaticReverse,
}: CutoverSettings): Pick<CutoverOptions, "automaticReverse"> {
  if (automaticReverse === undefined) return {};
  if (automaticReverse === false) return { automaticReverse };
  const { mismatches, withinMs, ...rest } = automaticReverse;
  const thresholds = {
    ...(mismatches === undefined ? {} : { mismatches }),
    ...(withinMs === undefined ? {} : { withinMs }),
  };
  return { automaticReverse: { ...rest, thresholds } };
}

function engineOptions(
  settings: CutoverSettings = {},
): Pick<CutoverOptions, "automaticReverse" | "maxDirty" | "shadow"> {
  const { maxDirty, sampling, compare } = settings;
  return {
    ...reverseLimits(settings),
    ...(maxDirty === undefined ? {} : { maxDirty }),
    shadow: {
      ...(sampling === undefined ? {} : { rate: sampling }),
      ...(compare === undefined ? {} : { compare }),
    },
  };
}

/**
 * Opens both stores of a folder as one, each unit at its own stage.
 *
 * @throws StorageError STAGE_REFUSED with `nextCommand`; CONFIG_INVALID, CORRUPT_DATA, IO_FAILED
 */
export async function openUnits(project: Project, opening: UnitsOpening): Promise<StorageBackend> {
  const { asked, clock, warn } = opening;
  const { folder, config } = project;
  const stores = await openUnitStores(project, opening);
  const given = clock === undefined ? {} : { clock };
  try {
    const operator = await operatorOf(stores, config.cutover, { actor: "application", ...given });
    await checkDatabase(project, operator, stores.hop);
    await joinFolder(project, stores);
    await obeyRequest({ folder, hop: stores.hop }, operator, asked);
    if (asked?.backend !== "json") await autoMigrate(project, { stores, operator, warn });
    const { cutoverBackend } = await import("@cutover/engine");
    return await cutoverBackend({
      old: stores.old,
      new: stores.new,
      control: stores.control,
      units: stores.units,
      ...engineOptions(config.cutover),
      closes: [stores],
      onMirrorTrouble: (unit, trouble) => {
        if (trouble !== undefined)
          warn({ code: "mirror-failed", message: told(unit, trouble), files: [] });
      },
      ...given,
    });
  } catch (error) {
    await stores[Symbol.asyncDispose]();
    throw error;
  }
}
