import { chosenBackend } from "../state/migration-record.ts";
import type { Blocker } from "../output/answer.ts";
import type { FolderTarget } from "./folder-target.ts";

/**
 * What stands against moving a folder without a config: data that nobody was told how to take over
 * would stay behind, and the application would find it gone. A config decides it knowingly.
 */
export function leftOutBlockers({ project }: Pick<FolderTarget, "project">): Blocker[] {
  if (chosenBackend(project.record) === "sqlite") return [];
  return project.leftOut.map((message) => ({ code: "left-out", message }));
}

/** What to type to get past {@link leftOutBlockers}. */
export function leftOutSteps({ word }: Pick<FolderTarget, "word">): string[] {
  return [`cutover init ${word} --write`, `cutover plan ${word}`];
}
