import { readFileSync } from "node:fs";
import { join } from "node:path";
import { publishedFolders } from "./published-packages.ts";

/**
 * Folders of the packages whose JavaScript is bundled: those of which tsc writes the types alone.
 * It writes the whole of a package whose program files find each other by their paths.
 */
export function bundledFolders(root: string): string[] {
  return publishedFolders(root).filter((folder) =>
    readFileSync(join(folder, "tsconfig.json"), "utf8").includes('"emitDeclarationOnly": true'),
  );
}
