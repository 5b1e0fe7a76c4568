import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What is read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  /** By how it is imported; a path where it is the same however that is done. */
  readonly exports?: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** The package.json of a folder. @throws if it has no name or version */
export function manifestOf(folder: string): Manifest {
  const parsed: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (!isManifest(parsed)) throw new Error(`${folder}/package.json lacks a name or a version`);
  return parsed;
}

/** Folders of the packages that are published, in alphabetical order. */
export function publishedFolders(root: string): string[] {
  return globSync(["packages/*", "adapters/*", "contract-tests", "fixtures", "test-postgres"], {
    cwd: root,
  })
    .map((folder) => join(root, folder))
    .filter((folder) => manifestOf(folder).private !== true)
    .toSorted();
}

function isManifest(value: unknown): value is Manifest {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    typeof value.name === "string" &&
    "version" in value &&
    typeof value.version === "string"
  );
}
