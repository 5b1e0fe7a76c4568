import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type LookalikeOptions, writeLookalike } from "@cutover/fixtures";
import { type BackendKind, migrate, type MigrateReport, rollback } from "cutover";
import { onTestFinished } from "vitest";
import {
  copyStores,
  openStores,
  type OpenStoresOptions,
  type Stores,
  storesTarget,
} from "../src/index.ts";
import { emptySchema, type StoresServer } from "./postgres-schema.ts";

/** What a folder itself can be served from; tests about files and migrations run on both. */
export const kinds: readonly BackendKind[] = ["json", "sqlite"];

/** Where the stores can be. */
export type Place = BackendKind | "postgres";

/** Every test of a repository runs on all. */
export const places: readonly Place[] = [...kinds, "postgres"];

/** What lies in a folder before a test. */
export interface FolderContent {
  /** Invented data in the application's format, small. Default: none. */
  readonly lookalike?: LookalikeOptions;
  /** Files by path. Default: none. */
  readonly files?: Readonly<Record<string, string>>;
}

type OpenOptions = Omit<OpenStoresOptions, "folder">;

/** At that time no cached answer had expired. */
const beforeAnyEnd = (): number => 0;

/** A data folder of one test. */
export class Folder {
  readonly path: string;
  readonly kind: Place;
  /** Where the stores are if they are not in the folder itself. */
  readonly server: StoresServer | undefined;

  constructor(path: string, kind: Place, server?: StoresServer) {
    this.path = path;
    this.kind = kind;
    this.server = server;
  }

  /** How whoever opens the stores is told where they are. */
  get where(): Pick<OpenStoresOptions, "folder" | "postgres"> {
    const { path: folder, server: postgres } = this;
    return postgres === undefined ? { folder } : { folder, postgres };
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

  /** Opens the stores, which are the caller's to close. */
  serve(options: OpenOptions = {}): Promise<Stores> {
    return openStores({ ...this.where, env: {}, onWarning: () => {}, ...options });
  }

  /** Opens the stores; what a test opens is closed after it. */
  async open(options: OpenOptions = {}): Promise<Stores> {
    const stores = await this.serve(options);
    onTestFinished(() => stores.close());
    return stores;
  }

  /** What the folder's files say is on the server from now on, too, or the other way round. */
  async copy(way: "to the server" | "to the files"): Promise<void> {
    const clock = beforeAnyEnd;
    const files = await openStores({ folder: this.path, backend: "json", env: {}, clock });
    const server = await this.serve({ clock });
    await (way === "to the server" ? copyStores(files, server) : copyStores(server, files));
    for (const stores of [files, server]) await stores.close();
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
  kind: Place,
  { lookalike, files = {} }: FolderContent = {},
): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "wmd-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const folder = new Folder(path, kind, kind === "postgres" ? await emptySchema() : undefined);
  if (lookalike !== undefined) await writeLookalike(folder.path, lookalike);
  for (const [name, text] of Object.entries(files)) await folder.write(name, text);
  if (kind === "sqlite") await folder.migrate();
  const isEmpty = lookalike === undefined && Object.keys(files).length === 0;
  if (kind === "postgres" && !isEmpty) await folder.copy("to the server");
  return folder;
}

/** A folder with this content, and its stores. */
export async function openFolder(kind: Place, content: FolderContent = {}): Promise<Stores> {
  return (await makeFolder(kind, content)).open();
}

/** The invented data at a size that suits a test. */
export const small: LookalikeOptions = {
  scale: { node_metadata: 0.01, usage_cache: 0.1, model_metadata: 0.3 },
};
