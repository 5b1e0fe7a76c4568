export { LiveStores, type LiveStoresOptions } from "../server/live-stores.ts";
export { type Download, Downloads, type DownloadsOptions } from "./downloads.ts";
export { httpApp, type HttpOptions, pathPrefix } from "./http-app.ts";
export {
  type AdvancedResult,
  type AnalyzedUrl,
  type DownloadRequest,
  type FoundUrl,
  type HttpServices,
  type InstalledModel,
  type KnownModel,
  localServices,
  type ReadWorkflows,
  type ScannedModels,
  type TavilyResult,
  type TransferOutcome,
  type WorkflowFile,
  type WorkflowModel,
} from "./http-services.ts";
export { fixedStores, type StoresSource } from "./stores-source.ts";
