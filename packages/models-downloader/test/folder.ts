import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type LookalikeOptions, writeLookalike } from "@cutover/fixtures";
import { type BackendKind, migrate, type MigrateReport, rollback } from "cutover";
import { onTestFinished } from "vitest";
import { openStores, type OpenStoresOptions, type Stores, storesTarget } from "../src/index.ts";

/** Every test of a repository runs on both. */
export const kinds: readonly BackendKind[] = ["json", "sqlite"];

/** What lies in a folder before a test. */
export interface FolderContent {
  /** Invented data in the application's format, small. Default: none. */
  readonly lookalike?: LookalikeOptions;
  /** Files by path. Default: none. */
  readonly files?: Readonly<Record<string, string>>;
}

type OpenOptions = Omit<OpenStoresOptions, "folder">;

/** A data folder of one test. */
export class Folder {
  readonly path: string;
  readonly kind: BackendKind;

  constructor(path: string, kind: BackendKind) {
    this.path = path;
    this.kind = kind;
  }

  file(path: string): string {
    return join(this.path, path);
  }

  text(path: string): Promise<string> {
    return readFile(this.file(path), "utf8");
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(this.file(path)), { recursive: true });
    await writeFile(this.file(path), text);
  }

  /** Opens the stores; what a test opens is closed after it. */
  async open(options: OpenOptions = {}): Promise<Stores> {
    const stores = await openStores({
      folder: this.path,
      env: {},
      onWarning: () => {},
      ...options,
    });
    onTestFinished(() => stores.close());
    return stores;
  }

  async migrate(): Promise<MigrateReport> {
    return migrate(await storesTarget(this.path));
  }

  async rollback(): Promise<string> {
    return (await rollback(await storesTarget(this.path))).outcome;
  }
}

/** Makes a folder with this content, served from this store. */
export async function makeFolder(
  kind: BackendKind,
  { lookalike, files = {} }: FolderContent = {},
): Promise<Folder> {
  const folder = new Folder(await mkdtemp(join(tmpdir(), "wmd-")), kind);
  onTestFinished(() => rm(folder.path, { recursive: true, force: true }));
  if (lookalike !== undefined) await writeLookalike(folder.path, lookalike);
  for (const [path, text] of Object.entries(files)) await folder.write(path, text);
  if (kind === "sqlite") await folder.migrate();
  return folder;
}

/** A folder with this content, and its stores. */
export async function openFolder(kind: BackendKind, content: FolderContent = {}): Promise<Stores> {
  return (await makeFolder(kind, content)).open();
}

/** The invented data at a size that suits a test. */
export const small: LookalikeOptions = {
  scale: { node_metadata: 0.01, usage_cache: 0.1, model_metadata: 0.3 },
};
