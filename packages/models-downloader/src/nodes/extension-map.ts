import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  setMember,
  StorageError,
} from "@cutover/core";

/** Which extension brings a node type, as the extension map has it. */
export interface NodeOrigin {
  readonly githubUrl: string;
  /** `title` of the extension, often empty. */
  readonly extensionName: string;
}

function malformed(repository: string): StorageError {
  return new StorageError(
    "CORRUPT_DATA",
    `extension map, ${JSON.stringify(repository)}: must be [[node types], {details}]; nothing was changed`,
  );
}

function nodeTypes(repository: string, value: JsonValue): readonly string[] {
  const list: unknown = Array.isArray(value) ? value[0] : undefined;
  if (!Array.isArray(list)) throw malformed(repository);
  return list.map((type: unknown) => {
    if (typeof type !== "string") throw malformed(repository);
    return type;
  });
}

function titleOf(value: JsonValue): string {
  const details: JsonValue | undefined = Array.isArray(value) ? value[1] : undefined;
  const title = isJsonObject(details) ? details["title"] : undefined;
  return typeof title === "string" ? title : "";
}

/**
 * Where every node type comes from. Of extensions that claim the same type the last one in the map
 * counts: that is what the original stores, and here the live look-up agrees with it.
 *
 * @param map - `{repository: [[node type, …], {title, …}]}`
 * @throws StorageError CORRUPT_DATA naming the repository
 */
export function nodeOrigins(map: JsonObject): Map<string, NodeOrigin> {
  const origins = new Map<string, NodeOrigin>();
  for (const [githubUrl, value] of Object.entries(map)) {
    const extensionName = titleOf(value);
    for (const type of nodeTypes(githubUrl, value))
      if (type !== "") origins.set(type, { githubUrl, extensionName });
  }
  return origins;
}

/** What a scan adds to a node's record. */
export interface ScanDetails {
  /** Local time to the second, as the application writes it. */
  readonly scannedAt: string;
  /** Whether the extension of this repository is installed. Default: none is. */
  readonly isInstalled?: (githubUrl: string) => boolean;
}

/** The record of a node that only the extension map knows. */
export function mappedNode(
  type: string,
  origin: NodeOrigin,
  { scannedAt, isInstalled = () => false }: ScanDetails,
): JsonObject {
  return {
    node_type: type,
    github_url: origin.githubUrl,
    extension_name: origin.extensionName,
    installed: isInstalled(origin.githubUrl),
    source: "extension_node_map",
    scanned_at: scannedAt,
  };
}

const registry = "comfy_registry";
const both = "comfy_registry+extension_map";

const comesFromRegistry = (source: JsonValue | undefined): boolean =>
  source === registry || source === both;

/**
 * A node's record after a scan met it: new members over old ones, and the source of a node that
 * the registry knows goes on saying so, however often it is scanned.
 */
export function mergedNode(current: JsonObject | undefined, found: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = { ...current };
  for (const [member, value] of Object.entries(found)) setMember(merged, member, value);
  if (comesFromRegistry(current?.["source"]) || found["source"] === both)
    merged["source"] = isFromMap(current) || isFromMap(found) ? both : registry;
  return merged;
}

function isFromMap(record: JsonObject | undefined): boolean {
  const source = record?.["source"];
  return source === "extension_node_map" || source === both;
}
