import { type JsonObject, keyProblem } from "@cutover/core";
import { mappedNode, nodeOrigins } from "../nodes/extension-map.ts";
import { objectText } from "../records/stored-object.ts";
import { ok, okText, refused, type Answer } from "./answer.ts";
import { localSeconds } from "./local-time.ts";
import { isFalsy } from "./request-body.ts";
import type { Call, Route } from "./route.ts";

async function scanNodes({ stores, services, optionalBody }: Call): Promise<Answer> {
  const { force, include_registry: includeRegistry = true } = optionalBody();
  const extensionMap = (await services.readExtensionMap()) ?? {};
  // All that is slow happens before the stores are touched, so that nothing written meanwhile is lost.
  const registryNodes = isFalsy(includeRegistry) ? [] : await services.fetchRegistryNodes();
  const report = await stores.nodes.scan({
    extensionMap,
    registryNodes,
    force: !isFalsy(force),
    scannedAt: localSeconds(services.clock()),
    isInstalled: services.isInstalled,
  });
  return ok({
    success: true,
    from_registry: report.fromRegistry,
    from_extension_map: report.fromExtensionMap,
    updated: report.updated,
    total: report.total,
  });
}

async function allNodes({ stores }: Call): Promise<Answer> {
  const nodes = await stores.nodes.getAll();
  return okText(`{"success":true,"metadata":${objectText(nodes)},"count":${nodes.size}}`);
}

/** What the extension map says of a node that no scan has stored; it is not stored here either. */
async function mapped({ services }: Call, type: string): Promise<JsonObject | undefined> {
  const origin = nodeOrigins((await services.readExtensionMap()) ?? {}).get(type);
  if (origin === undefined) return undefined;
  const scannedAt = localSeconds(services.clock());
  return mappedNode(type, origin, { scannedAt, isInstalled: services.isInstalled });
}

async function fetched({ stores, services }: Call, type: string): Promise<JsonObject | undefined> {
  const node = await services.fetchNode(type);
  if (node === undefined) return undefined;
  const fetchedAt = localSeconds(services.clock());
  const record = { ...node, node_type: type, source: "comfy_registry", fetched_at: fetchedAt };
  await stores.nodes.upsert(type, record);
  return record;
}

async function nodeInfo(call: Call): Promise<Answer> {
  const type = call.query("node_type");
  if (type === "") return refused({ error: "node_type required" });
  if (keyProblem(type) !== undefined) return ok({ success: true, info: null, found: false });
  const info =
    (await call.stores.nodes.get(type)) ??
    (await mapped(call, type)) ??
    (await fetched(call, type));
  return ok({ success: true, info: info ?? null, found: info !== undefined });
}

/** Node types and where they come from. */
export const nodeRoutes: readonly Route[] = [
  { method: "POST", path: "/scan-node-metadata", answer: scanNodes },
  { method: "GET", path: "/node-metadata", answer: allNodes },
  { method: "GET", path: "/node-info", answer: nodeInfo },
];
