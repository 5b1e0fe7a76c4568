export { errorCodes, type ErrorCode, type ErrorCodeRow, type Retry } from "./errors/codes.ts";
export {
  isStorageError,
  StorageError,
  type FilePosition,
  type StorageErrorDetails,
} from "./errors/storage-error.ts";
export { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from "./values/json.ts";
