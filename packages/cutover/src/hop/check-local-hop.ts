import { StorageError } from "@cutover/core";
import type { Project } from "../project/project.ts";
import { hopOf } from "./hop.ts";
import { PostgresPlace } from "./postgres-place.ts";

/**
 * Refuses what works on files where one of the stores, and what decides, lie on a server.
 * @throws StorageError NOT_SUPPORTED saying what to do instead
 */
export function checkLocalHop(project: Project, verb: string): void {
  if (hopOf(project.config).to !== "postgres") return;
  const { schema } = new PostgresPlace(project);
  throw new StorageError(
    "NOT_SUPPORTED",
    `\`cutover ${verb}\` works on files, and units of ${project.folder} move to Postgres: back up its ` +
      `schemas ${schema} and ${schema}_control together (pg_dump takes both as of one moment) and put ` +
      "them back together, with the application stopped; what is in the folder is then older or " +
      "newer than that, so `cutover doctor` next",
    { operation: verb },
  );
}
