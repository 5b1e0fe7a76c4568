import type {
  CollectionOperations,
  Entry,
  Filter,
  JsonObject,
  JsonValue,
  SearchQuery,
} from "@cutover/core";
import type { StoreAccess } from "../access/store-access.ts";
import { mappedNode, mergedNode, nodeOrigins, type ScanDetails } from "../nodes/extension-map.ts";
import { storeCollection } from "../records/store-collections.ts";
import { storedObject } from "../records/stored-object.ts";

const definition = storeCollection("node_metadata");

/** What a scan is made of. */
export interface NodeScan extends ScanDetails {
  /** The extension map: `{repository: [[node type, …], {title, …}]}`. */
  readonly extensionMap: JsonObject;
  /** Records of the registry, each with its `node_type`. Default: none. */
  readonly registryNodes?: readonly JsonObject[];
  /** Forget all records that the scan does not meet. Default: false. */
  readonly force?: boolean;
}

/** What a scan did. */
export interface NodeScanReport {
  readonly fromRegistry: number;
  readonly fromExtensionMap: number;
  /** Records that are new or other than they were, times of scanning aside. */
  readonly updated: number;
  readonly total: number;
}

/** Merges what was found with what is stored now. */
export type NodeMerge = (current: JsonObject | undefined, found: JsonObject) => JsonObject;

/** What is known of node types; names are told apart by every byte. */
export class NodeMetadataRepository {
  readonly #access: StoreAccess;

  constructor(access: StoreAccess) {
    this.#access = access;
  }

  get #nodes(): CollectionOperations {
    return this.#access.collection(definition);
  }

  /** @throws StorageError CORRUPT_DATA when the record is no object */
  async get(type: string): Promise<JsonObject | undefined> {
    return storedObject(await this.#nodes.get(type), { store: definition.name, key: type });
  }

  /** All records, in the order in which they were first stored. */
  async getAll(): Promise<Map<string, JsonValue>> {
    const entries = await this.#nodes.find();
    return new Map(entries.map(({ key, value }) => [key, value]));
  }

  /** Streams all records in bounded memory. */
  iterate(): AsyncIterable<Entry> {
    return this.#access.iterate(definition);
  }

  count(where?: Filter): Promise<number> {
    return this.#nodes.count(where);
  }

  /** Nodes by any declared field. */
  find(where: Filter): Promise<Entry[]> {
    return this.#nodes.find({ where });
  }

  /** Full-text search in node types, names and descriptions. */
  searchText(words: string, query?: SearchQuery): Promise<Entry[]> {
    return this.#nodes.search(words, query);
  }

  async upsert(type: string, record: JsonObject): Promise<void> {
    await this.#nodes.put(type, record);
  }

  /**
   * Writes many as one step, each merged with what is stored at that moment; all others stay.
   * @param merge - default: new members over old ones, the source kept as `mergedNode` says
   */
  async upsertMany(
    records: Iterable<readonly [string, JsonObject]>,
    merge: NodeMerge = mergedNode,
  ): Promise<void> {
    await this.#access.atomically(async (access) => {
      await new NodeMetadataRepository(access).#merge(new Map(records), merge);
    });
  }

  /** @returns how many are new or changed */
  async #merge(records: ReadonlyMap<string, JsonObject>, merge: NodeMerge): Promise<number> {
    const stored = await this.#nodes.getMany([...records.keys()]);
    const next: [string, JsonObject][] = [];
    let changed = 0;
    for (const [type, found] of records) {
      const current = storedObject(stored.get(type), { store: definition.name, key: type });
      const merged = merge(current, found);
      if (current === undefined || !isSameNode(current, merged)) changed += 1;
      next.push([type, merged]);
    }
    await this.#nodes.putMany(next);
    return changed;
  }

  /** Makes the store exactly these records, in this order. */
  async replaceAll(records: Iterable<readonly [string, JsonValue]>): Promise<void> {
    await this.#nodes.replaceAll(records);
  }

  /**
   * Takes over what the registry and the extension map know, in one step. A node that the
   * registry knows stays one of the registry, however often the map is scanned; records stored
   * while the scan was prepared stay, unless `force` asks for a fresh start.
   *
   * @throws StorageError CORRUPT_DATA naming what is wrong in the map; then nothing was changed
   */
  async scan(scan: NodeScan): Promise<NodeScanReport> {
    const { registryNodes = [], force = false } = scan;
    const origins = nodeOrigins(scan.extensionMap);
    const found = foundNodes(scan, origins);
    const counts = { fromRegistry: registryNodes.length, fromExtensionMap: origins.size };
    return this.#access.atomically(async (access) => {
      const inside = new NodeMetadataRepository(access);
      if (force) {
        await inside.replaceAll(found);
        return { ...counts, updated: found.size, total: found.size };
      }
      const updated = await inside.#merge(found, mergedNode);
      return { ...counts, updated, total: await inside.count() };
    });
  }
}

function foundNodes(
  scan: NodeScan,
  origins: ReturnType<typeof nodeOrigins>,
): Map<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  for (const node of scan.registryNodes ?? []) {
    const { node_type: type } = node;
    if (typeof type === "string" && type !== "")
      found.set(type, { ...node, source: "comfy_registry", scanned_at: scan.scannedAt });
  }
  for (const [type, origin] of origins)
    found.set(type, mergedNode(found.get(type), mappedNode(type, origin, scan)));
  return found;
}

/** A record's text without its time of scanning. */
function contentOf(record: JsonObject): string {
  return JSON.stringify(Object.entries(record).filter(([member]) => member !== "scanned_at"));
}

function isSameNode(current: JsonObject, next: JsonObject): boolean {
  return contentOf(current) === contentOf(next);
}
