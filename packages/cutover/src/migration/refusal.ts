import { StorageError } from "@cutover/core";

/** The error for a command that the recorded state does not allow; ends with what to type next. */
export function refusal(message: string, nextCommand: string): StorageError {
  return new StorageError("STAGE_REFUSED", message, { nextCommand });
}
