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
    `\`cutover ${verb}\` works on files, and the \`hop\` of ${project.folder} leads to Postgres: stop the ` +
      `application, and copy the folder and dump the schemas ${schema} and ${schema}_control (pg_dump ` +
      "takes both as of one moment); put them back together, too",
    { operation: verb },
  );
}
