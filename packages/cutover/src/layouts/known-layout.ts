import type { CollectionDefinition } from "@cutover/core";

/** The folder of an application whose files are known. */
export interface KnownLayout {
  readonly name: "models-downloader";
  /** The database's file, relative to the data folder. */
  readonly database: string;
  readonly collections: readonly CollectionDefinition[];
  /** Files whose names tell this application from others. */
  readonly distinctive: readonly string[];
  /** What the collections leave out, and other things worth knowing. */
  readonly notes: readonly string[];
}
