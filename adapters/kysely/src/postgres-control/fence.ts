import { StorageError, type ControlLock } from "@cutover/core";
import type { ControlConnection } from "./control-connection.ts";

/**
 * Knows of locks that went with their connection while somebody still relies on them. As long as
 * one of those has not let go, nothing is marked, settled, cleared or committed: whatever they do
 * was decided under a lock that somebody else may have by now.
 */
export class Fence {
  private readonly location: string;
  private lost = 0;

  constructor(location: string) {
    this.location = location;
  }

  /** @throws StorageError LOCK_LOST */
  check(): void {
    if (this.lost === 0) return;
    throw new StorageError(
      "LOCK_LOST",
      `${this.location}: the connection was lost, and with it a lock that was held`,
    );
  }

  /**
   * A lock that is held on a connection.
   *
   * @param giveBack is called once, and only if it was not lost
   */
  hold(connection: ControlConnection, giveBack: () => void): ControlLock {
    let state: "held" | "lost" | "released" = "held";
    const forget = connection.onLost(() => {
      state = "lost";
      this.lost++;
    });
    return {
      isLost: () => state === "lost",
      release: () => {
        if (state === "released") return;
        const wasLost = state === "lost";
        state = "released";
        forget();
        if (wasLost) this.lost--;
        else giveBack();
      },
    };
  }
}
