export {
  backendFrom,
  defaultLockTimeoutMs,
  defaultTransactionTimeoutMs,
  type BackendOptions,
} from "./backend/backend-from.ts";
export { driverOf } from "./backend/driver-of.ts";
export type { Capabilities, Durability } from "./backend/capabilities.ts";
export type {
  AggregateQuery,
  BackendInfo,
  BackupFile,
  BackupManifest,
  CallOptions,
  Collection,
  CollectionInfo,
  CollectionOperations,
  Entries,
  Entry,
  GroupBy,
  IterateQuery,
  OrderBy,
  Page,
  PageQuery,
  Query,
  SearchQuery,
  StorageBackend,
  Transaction,
  TransactionOptions,
  VersionedEntry,
  WriteOptions,
} from "./backend/storage-backend.ts";
export { chain } from "./backend/chain.ts";
export type {
  CallContext,
  DriverReads,
  DriverTransaction,
  MaybePromise,
  ScanDirection,
  StorageDriver,
  WriteOperation,
  WriteResult,
} from "./backend/storage-driver.ts";
export { TurnQueue, type TurnOptions } from "./backend/turn-queue.ts";
export type {
  AuditEntry,
  AuditRow,
  ControlLock,
  ControlRecord,
  ControlStore,
  LockMode,
  LockOptions,
  Note,
  RecordChange,
} from "./control/control-store.ts";
export type {
  DirtyCount,
  DirtyMark,
  MarkTarget,
  NewMark,
  SettledWrite,
} from "./control/dirty-mark.ts";
export { memoryControl, type MemoryControlOptions } from "./control/memory-control.ts";
export type {
  CollectionDefinition,
  FileMapping,
  RecordOrder,
  UniqueConstraint,
} from "./definition/collection-definition.ts";
export {
  defineCollection,
  type CollectionOptions,
  type MemberName,
} from "./definition/define-collection.ts";
export { describeDefinition } from "./definition/describe-definition.ts";
export { rebuildDefinition } from "./definition/rebuild-definition.ts";
export {
  boolean,
  fits,
  integer,
  json,
  keyField,
  real,
  scalarOf,
  text,
  timestamp,
  type Field,
  type FieldDeclaration,
  type FieldKind,
  type FieldOptions,
} from "./definition/field.ts";
export { fieldInstant, fieldScalar, isExpired, memberOf } from "./definition/member.ts";
export {
  bucketOf,
  instantOf,
  presentFor,
  type Bucket,
  type TimestampForm,
} from "./definition/timestamp.ts";
export { errorCodes, type ErrorCode, type ErrorCodeRow, type Retry } from "./errors/codes.ts";
export {
  isStorageError,
  StorageError,
  type FilePosition,
  type StorageErrorDetails,
} from "./errors/storage-error.ts";
export { memoryBackend, type MemoryBackendOptions } from "./memory/memory-backend.ts";
export { MemoryTable } from "./memory/memory-table.ts";
export {
  aggregateFrom,
  type AggregatePlan,
  type AggregateRow,
  type GroupTerm,
} from "./query/aggregate.ts";
export { compileFilter } from "./query/compile-filter.ts";
export type { Condition, Filter } from "./query/filter.ts";
export { matches } from "./query/matches.ts";
export { compareOrderValues, orderValues } from "./query/order.ts";
export type { Comparison, Predicate, TextTest } from "./query/predicate.ts";
export { matchesTerms, searchText, tokenise, type SearchTerms } from "./query/search.ts";
export { selectFrom, selects, type KeyedValue } from "./query/select.ts";
export type { OrderTerm, Selection, SelectionOrder } from "./query/selection.ts";
export {
  alreadyExists,
  applyOperation,
  checkVersion,
  isRefusedWhole,
} from "./records/apply-operation.ts";
export { DraftSet, type CollectionChanges, type SourceOf } from "./records/draft-set.ts";
export { Draft, type DraftChanges, type RecordSource } from "./records/draft.ts";
export { RecordReads } from "./records/record-reads.ts";
export { uniqueClaim, UniqueIndex } from "./records/unique-index.ts";
export { replicaOf, type RecordState, type Replica } from "./replica/replica.ts";
export { compareScalar, compareText, foldCase, type Scalar } from "./values/compare.ts";
export { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from "./values/json.ts";
export { checkKey, keyProblem, maxKeyBytes } from "./values/key.ts";
export {
  cloneValue,
  formatPath,
  maxDepth,
  normaliseValue,
  setMember,
  textProblem,
} from "./values/normalise.ts";
export { canonicalJson, sameValue, versionOf } from "./values/version.ts";
