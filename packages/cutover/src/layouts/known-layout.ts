import type { CollectionDefinition } from "@cutover/core";
import type { NewFileOptions } from "../config/cutover-config.ts";

/** The folder of an application whose files are known. */
export interface KnownLayout {
  readonly name: "models-downloader";
  /** The database's file, relative to the data folder. */
  readonly database: string;
  readonly collections: readonly CollectionDefinition[];
  /** How the application writes its files. */
  readonly newFiles: NewFileOptions;
  /** Files whose names tell this application from others. */
  readonly distinctive: readonly string[];
  /** What the collections leave out, and other things worth knowing. */
  readonly notes: readonly string[];
}
