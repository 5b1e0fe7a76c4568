import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { inBackend, type Mutant } from "./mutant.ts";

const needsBackup: NonNullable<Mutant["appliesTo"]> = ({ backup }) => backup;
/** Backups that are none. */
export const backupMutants: readonly Mutant[] = [
  {
    ...inBackend({ name: "backup-incomplete", breaks: "a backup holds everything" }, (inner) => ({
      backup: async (destination, options) => {
        const manifest = await inner.backup(destination, options);
        const [largest] = manifest.files.toSorted(
          (left, right) => right.sizeBytes - left.sizeBytes,
        );
        if (largest !== undefined)
          await rm(
            (await stat(destination)).isDirectory() ? join(destination, largest.path) : destination,
          );
        return manifest;
      },
    })),
    appliesTo: needsBackup,
  },
  {
    ...inBackend(
      { name: "backup-overwrites", breaks: "a backup goes to a path that does not exist yet" },
      (inner) => ({
        backup: async (destination, options) => {
          await rm(destination, { recursive: true, force: true });
          return inner.backup(destination, options);
        },
      }),
    ),
    appliesTo: needsBackup,
  },
  {
    ...inBackend(
      {
        name: "backup-manifest-empty",
        breaks: "a backup's manifest tells its files and collections",
      },
      (inner) => ({
        backup: async (destination, options) => ({
          ...(await inner.backup(destination, options)),
          files: [],
          collections: [],
        }),
      }),
    ),
    appliesTo: needsBackup,
  },
  {
    ...inBackend(
      { name: "backup-empties-store", breaks: "a backup changes nothing in the store" },
      (inner, { collections }) => ({
        backup: async (destination, options) => {
          const manifest = await inner.backup(destination, options);
          for (const definition of collections) await inner.collection(definition).clear();
          return manifest;
        },
      }),
    ),
    appliesTo: needsBackup,
  },
];
