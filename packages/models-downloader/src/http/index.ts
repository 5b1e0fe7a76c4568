export { LiveStores, type LiveStoresOptions } from "../server/live-stores.ts";
export { httpApp, type HttpOptions, pathPrefix } from "./http-app.ts";
export {
  type FoundUrl,
  type HttpServices,
  localServices,
  type ReadWorkflows,
  type ScannedModels,
  type TavilyResult,
} from "./http-services.ts";
export { fixedStores, type StoresSource } from "./stores-source.ts";
