import type { Project } from "../project/project.ts";
import { stepOf, type MigrationStep } from "../state/migration-record.ts";
import { SpareControl } from "./spare-control.ts";

const action = "rebuild control";

/** A rebuild of the control store that died half-way: some stores may be signed by the new one. */
export interface UnfinishedRebuild {
  /** The control store that was lost; undefined where no record named it. */
  readonly former: string | undefined;
}

/** The step that a rebuild leaves in the record. @param former see {@link UnfinishedRebuild} */
export function rebuildStep(actor: string, former: string | undefined): MigrationStep {
  return stepOf(action, { actor, ...(former === undefined ? {} : { former }) });
}

/** The rebuild that is to be gone on with; undefined: none died. */
export async function unfinishedRebuild({
  folder,
  record,
}: Pick<Project, "folder" | "record">): Promise<UnfinishedRebuild | undefined> {
  const last = record?.steps.at(-1);
  if (last?.action !== action || !(await new SpareControl(folder).isThere())) return undefined;
  const { former } = last;
  return { former: typeof former === "string" ? former : undefined };
}
