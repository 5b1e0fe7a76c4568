import type { ControlLock, LockMode, LockOptions } from "@cutover/core";
import type { ControlConnection } from "./control-connection.ts";

/** Locks between processes, on any machines. They end with the connection that holds them. */
export interface ControlLocks {
  /** @throws StorageError LOCK_TIMEOUT, CONNECTION_LOST, IO_FAILED; the signal's reason */
  lock(name: string, mode: LockMode, options: LockOptions): Promise<ControlLock>;
  /**
   * Proves that what is shared here is still shared, where a settlement on another connection does
   * not prove it by itself. Left out where it does.
   *
   * @throws StorageError LOCK_LOST
   */
  readonly prove?: () => Promise<void>;
  /** Resolves when everything this process let go of is free. */
  idle(): Promise<void>;
}

/** What a process holds exclusively, as transactions ask for it. */
export interface ConfirmedHoldings {
  /** The connection to commit on, where what commits there cannot outlive a lock. */
  readonly latest: ControlConnection | undefined;
  /**
   * To be called in a transaction, which then comes to nothing unless everything is still held.
   *
   * @throws StorageError LOCK_LOST
   */
  confirm(connection: ControlConnection): Promise<void>;
}
