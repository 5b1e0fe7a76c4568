import { isStorageError } from "@cutover/core";
import { epochMarks, stages, type UnitRecord } from "@cutover/engine";
import { hopOf } from "../hop/hop.ts";
import { PostgresPlace } from "../hop/postgres-place.ts";
import type { Project } from "../project/project.ts";

/** Says why the records of a unit are not there; undefined: they are, or it is not for this to say. */
export type LostRecords = (record: Pick<UnitRecord, "stage">) => Promise<string | undefined>;

/** A store in charge on a server has the engine's own table, which is looked for and not made. */
async function lostOn(place: PostgresPlace): Promise<string | undefined> {
  const store = await place.store([epochMarks], { readOnly: true });
  try {
    await place.told(() => store.info());
    return undefined;
  } catch (error) {
    if (!isStorageError(error, "SCHEMA_OUTDATED")) throw error;
    return `${place.inWords} is in charge, and does not have what was moved there: was the schema dropped, or not put back yet?`;
  } finally {
    await store.close();
  }
}

/**
 * Looks for the records on a server before anybody counts them: an adapter that is asked for records
 * makes the tables that are missing, and an empty one would be in the place of what is to be put back.
 * Asks the server once, however many units there are.
 */
export function lostRecords(project: Project): LostRecords {
  const place = new PostgresPlace(project);
  let asked: Promise<string | undefined> | undefined;
  return async ({ stage }) => {
    if (hopOf(project.config).to !== "postgres" || stages[stage].authority !== "new")
      return undefined;
    return (asked ??= lostOn(place));
  };
}
