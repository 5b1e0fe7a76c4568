export type { AcquireOptions, FileLock, HeldLock } from "./lock/file-lock.ts";
export { properLock, type ProperLockOptions } from "./lock/proper-lock.ts";
export { noLock } from "./lock/no-lock.ts";
export { jsonBackend, type JsonBackendOptions } from "./backend/json-backend.ts";
export {
  checkJsonBackup,
  restoreJson,
  type RestoreJsonOptions,
  type RestoreJsonReport,
} from "./backend/json-backup.ts";
export { detectFormat } from "./document/detect.ts";
export { emptyDocument } from "./document/empty-document.ts";
export type { DocumentFinding, FindingCode } from "./document/finding.ts";
export { type DocumentFormat, formatValue } from "./document/format.ts";
export type { DocumentLayout } from "./document/layout.ts";
export { parseDocument } from "./document/parse-document.ts";
export { RecordSlice } from "./document/record-slice.ts";
export { reformat } from "./document/reformat.ts";
export { scanRecords, type ScanOptions } from "./document/stream.ts";
export { fileStore, type FileStore } from "./store/file-store.ts";
