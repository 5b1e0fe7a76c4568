export type { AcquireOptions, FileLock, HeldLock } from "./lock/file-lock.ts";
export { properLock, type ProperLockOptions } from "./lock/proper-lock.ts";
