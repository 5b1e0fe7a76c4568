import { chosenBackend } from "../state/migration-record.ts";
import type { Blocker } from "../output/answer.ts";
import type { FolderTarget } from "./folder-target.ts";

/**
 * What stands against moving a folder without a config: data that nobody was told how to take over
 * would stay behind, and the application would find it gone. A config decides it knowingly.
 */
export function leftOutBlockers({ project }: Pick<FolderTarget, "project">): Blocker[] {
  if (chosenBackend(project.record) === "sqlite") return [];
  return project.leftOut.map((reason) => ({
    code: "left-out",
    message: `${reason.replace(/\.$/, "")}. The file would stay behind: mend it, or write a config that decides what moves`,
  }));
}

/** What to type to get past {@link leftOutBlockers}. */
export function leftOutSteps({ word }: Pick<FolderTarget, "word">): string[] {
  return [`cutover init ${word} --write`, `cutover plan ${word}`];
}
