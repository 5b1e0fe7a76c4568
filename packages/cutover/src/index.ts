export {
  boolean,
  defineCollection,
  errorCodes,
  integer,
  isStorageError,
  json,
  memoryBackend,
  real,
  StorageError,
  text,
  timestamp,
  type AggregateQuery,
  type AggregateRow,
  type BackendInfo,
  type BackupFile,
  type BackupManifest,
  type Bucket,
  type CallOptions,
  type Capabilities,
  type Collection,
  type CollectionDefinition,
  type CollectionInfo,
  type CollectionOperations,
  type CollectionOptions,
  type Condition,
  type Durability,
  type Entries,
  type Entry,
  type ErrorCode,
  type ErrorCodeRow,
  type Field,
  type FieldDeclaration,
  type FieldKind,
  type FieldOptions,
  type FileMapping,
  type FilePosition,
  type Filter,
  type GroupBy,
  type IterateQuery,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  type MemberName,
  type MemoryBackendOptions,
  type OrderBy,
  type Page,
  type PageQuery,
  type Query,
  type RecordOrder,
  type Retry,
  type Scalar,
  type SearchQuery,
  type StorageBackend,
  type StorageErrorDetails,
  type TimestampForm,
  type Transaction,
  type TransactionOptions,
  type UniqueConstraint,
  type VersionedEntry,
  type WriteOptions,
} from "@cutover/core";
export type {
  AutomaticReverseSettings,
  CutoverConfig,
  CutoverSettings,
  HopOptions,
  JsonOptions,
  NewFileOptions,
  PostgresSettings,
  SqliteOptions,
  TeamOptions,
} from "./config/cutover-config.ts";
export { defineConfig } from "./define-config.ts";
export { openStorage, type OpenStorageOptions } from "./open-storage.ts";
export type { StorageWarning } from "./project/storage-warning.ts";
export type { BackendKind, InCharge, RecordedUnit } from "./state/migration-record.ts";
export type { Stage } from "@cutover/engine";
export { restore, type RestoreReport } from "./migration/back-up.ts";
export { migrate } from "./migration/migrate.ts";
export type { MigrateOptions } from "./migration/migrate-options.ts";
export type { MigratedCollection, MigrateReport } from "./migration/migrate-report.ts";
export type { MigrationTarget } from "./migration/migration-target.ts";
export { rollback } from "./migration/rollback.ts";
export type { RollbackOptions } from "./migration/rollback-options.ts";
export type { RolledBackCollection, RollbackReport } from "./migration/rollback-report.ts";
export { formatBytes, formatCount, formatDuration } from "./output/quantity.ts";
export { formatTable, type Column } from "./output/table.ts";
export { loadProject, type ProjectFlags } from "./project/load-project.ts";
export type { Project, ProjectSource } from "./project/project.ts";
export type { KnownLayout } from "./layouts/known-layout.ts";
export { modelsDownloader } from "./layouts/models-downloader.ts";
