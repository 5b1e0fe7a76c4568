import { join } from "node:path";
import type { JsonObject } from "@cutover/core";
import { objectFile } from "../documents/object-file.ts";

/** What endpoints need beyond the stores; the network and ComfyUI's folders come in through here. */
export interface HttpServices {
  /** The present, in milliseconds since 1970, fractions allowed. */
  readonly clock: () => number;
  /** The extension map: `{repository: [[node type, …], {title, …}]}`; undefined where there is none. */
  readonly readExtensionMap: () => Promise<JsonObject | undefined>;
  /** All nodes of the registry, each with its `node_type`. */
  readonly fetchRegistryNodes: () => Promise<readonly JsonObject[]>;
  /** What the registry knows of one node type. */
  readonly fetchNode: (type: string) => Promise<JsonObject | undefined>;
  /** Whether the extension of this repository is installed. */
  readonly isInstalled: (githubUrl: string) => boolean;
  /** Folders of workflows that `cache-info` names. */
  readonly defaultDirectories: readonly string[];
}

/** Services that need no network: the map in the folder, no registry, nothing installed. */
export function localServices(folder: string, services: Partial<HttpServices> = {}): HttpServices {
  return {
    // `Date.now` has milliseconds; the application's timestamps have microseconds.
    clock: () => performance.timeOrigin + performance.now(),
    readExtensionMap: objectFile(join(folder, "metadata", "extension-node-map.json")),
    fetchRegistryNodes: () => Promise.resolve([]),
    fetchNode: () => Promise.resolve(undefined),
    isInstalled: () => false,
    defaultDirectories: [],
    ...services,
  };
}
