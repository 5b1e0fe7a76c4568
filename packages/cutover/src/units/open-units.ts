import type { StorageBackend, StorageError } from "@cutover/core";
import type { AskedBackend } from "../project/asked-backend.ts";
import type { Project } from "../project/project.ts";
import { checkDatabase } from "./check-database.ts";
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
    await checkDatabase(project, operator);
    await obeyRequest(folder, operator, asked);
    const { cutoverBackend } = await import("@cutover/engine");
    return await cutoverBackend({
      old: stores.old,
      new: stores.new,
      control: stores.control,
      units: stores.units,
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
