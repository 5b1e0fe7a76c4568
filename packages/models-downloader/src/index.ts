export { accessTo, type StoreAccess } from "./access/store-access.ts";
export { objectFile } from "./documents/object-file.ts";
export {
  documentCollections,
  type ReadSeed,
  type WrappedStore,
  WrapperMembers,
} from "./documents/wrapper-members.ts";
export type { MergeRules } from "./models/merge-model.ts";
export type { ReconcileOptions, ReconcileReport } from "./models/reconcile-models.ts";
export { baseName, normalisedName } from "./names/model-name.ts";
export { similarity } from "./names/similarity.ts";
export {
  mappedNode,
  nodeOrigins,
  type NodeOrigin,
  type ScanDetails,
} from "./nodes/extension-map.ts";
export {
  searchCollection,
  type SearchSource,
  searchSources,
  storeCollection,
  type StoreName,
  storeNames,
} from "./records/store-collections.ts";
export { objectOf, objectText } from "./records/stored-object.ts";
export {
  type DownloadCount,
  DownloadHistoryRepository,
  type DownloadOutcome,
  type HistoryEntry,
  historyEntry,
  historyLimit,
} from "./repositories/download-history-repository.ts";
export {
  type AliasKind,
  ModelAliasesRepository,
  type ResolvedAlias,
} from "./repositories/model-aliases-repository.ts";
export {
  type CatalogEntry,
  type CatalogMatch,
  type CatalogMatchKind,
  ModelCatalogRepository,
  similarityThreshold,
} from "./repositories/model-catalog-repository.ts";
export {
  type CountBy,
  ModelMetadataRepository,
  type UserUrl,
  type WriteTarget,
} from "./repositories/model-metadata-repository.ts";
export {
  NodeMetadataRepository,
  type NodeMerge,
  type NodeScan,
  type NodeScanReport,
} from "./repositories/node-metadata-repository.ts";
export {
  type CacheLifetime,
  SearchCacheRepository,
  type SearchCacheOptions,
} from "./repositories/search-cache-repository.ts";
export { SettingsRepository } from "./repositories/settings-repository.ts";
export {
  type NamedUsage,
  type StoreLocation,
  type Usage,
  type UsedModel,
  usageOf,
  UsageRepository,
  workflowLimit,
} from "./repositories/usage-repository.ts";
export { type Redact, type Redaction, redactionOf, redactParameters } from "./secrets/redaction.ts";
export { AppSettings } from "./settings/app-settings.ts";
export {
  defaultSettings,
  type Settings,
  type TokenName,
  tokenNames,
  withDefaults,
} from "./settings/default-settings.ts";
export {
  fromNative,
  nativeSettingsFile,
  type ReadNativeSettings,
} from "./settings/native-settings.ts";
export { pythonInteger, settingsChange } from "./settings/settings-change.ts";
export { isMasked, maskToken } from "./settings/token-mask.ts";
export {
  checkExport,
  copyStores,
  digest,
  digestAll,
  exportStore,
  importStore,
  type StoreExport,
} from "./stores/export-store.ts";
export {
  openStores,
  type OpenStoresOptions,
  restoreStores,
  storesConfig,
  storesTarget,
} from "./stores/open-stores.ts";
export {
  type FinishedDownload,
  type ForgottenModel,
  type Repositories,
  Stores,
  storesOn,
  type StoresParts,
} from "./stores/stores.ts";
