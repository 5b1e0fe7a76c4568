import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import { jsonLockPath, jsonWriteLock } from "../state/json-write-lock.ts";
import type { Project } from "./project.ts";
import type { Warn } from "./storage-warning.ts";

/** How to open the JSON files of a project. */
export interface JsonOpening {
  readonly collections: readonly CollectionDefinition[];
  readonly clock?: () => number;
  /** Refuses, by throwing, what the folder's record does not allow; asked in every write's turn. */
  readonly check: () => Promise<void>;
  readonly warn: Warn;
}

/** Opens the JSON files of a project. */
export async function openJson(project: Project, opening: JsonOpening): Promise<StorageBackend> {
  const { jsonBackend, properLock } = await import("@cutover/json");
  const { folder, config } = project;
  const { collections, clock, check, warn } = opening;
  return jsonBackend({
    folder,
    collections,
    ...(clock === undefined ? {} : { clock }),
    ...config.json,
    lock: jsonWriteLock(properLock(jsonLockPath(folder)), check),
    guard: check,
    onWarning: (warning) => {
      if (warning.kind !== "foreign-change") return;
      const { file, savedAs } = warning;
      const message = `${file} was changed by another program during a write; what it wrote was kept as ${savedAs}`;
      warn({ code: "json-store", message, files: [file, savedAs] });
    },
  });
}
