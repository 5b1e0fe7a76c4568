import { StorageError } from "@cutover/core";

/** The folder inside the data folder that holds what the store keeps for itself. */
export const stateFolder: string = ".cutover/json";

/** Files in here are data like any other, of programs that keep what is theirs out of sight. */
const engineFolder = ".cutover/engine/";

/** @throws StorageError CONFIG_INVALID unless `file` is a plain path below the data folder */
export function checkFileName(file: string): void {
  if (isFileName(file)) return;
  throw new StorageError(
    "CONFIG_INVALID",
    `${JSON.stringify(file)} is no file of the data folder; give a relative path with /, without . and .., outside .cutover`,
    { backend: "json" },
  );
}

/** True for a plain path below the data folder, outside the state folder. */
export function isFileName(file: string): boolean {
  const segments = file.split("/");
  const isPlain = segments.every((part) => part !== "" && part !== "." && part !== "..");
  return (
    isPlain && !/[\0\\]/.test(file) && (segments[0] !== ".cutover" || file.startsWith(engineFolder))
  );
}

/** The folder part of a relative path; `.` for a file at the top. */
export function folderOf(file: string): string {
  const end = file.lastIndexOf("/");
  return end < 0 ? "." : file.slice(0, end);
}
