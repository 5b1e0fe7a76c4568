import { TurnQueue } from "@cutover/core";

/**
 * Those of this process who want one lock. They try one after the other, first come, first served,
 * and hear at once when one of them has given it back: whoever writes without a pause lets the
 * event loop run only while it has the lock itself, so that a timer alone would always look in vain.
 */
export class WaitingRoom {
  readonly turns: TurnQueue = new TurnQueue();
  visitors = 0;
  #wake: (() => void) | undefined;

  /** The lock was given back. */
  freed(): void {
    this.#wake?.();
  }

  /**
   * Waits until the lock may be free. Only for whoever has the turn.
   * @throws the signal's reason
   */
  async pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const wake = (): void => resolve();
    const timer = setTimeout(wake, ms);
    signal?.addEventListener("abort", wake, { once: true });
    await promise;
    clearTimeout(timer);
    signal?.removeEventListener("abort", wake);
    this.#wake = undefined;
    signal?.throwIfAborted();
  }
}

/** Of this whole process: every store that it opens in a folder queues for the same lock. */
const rooms = new Map<string, WaitingRoom>();

/** The room of a lock, which stays until everybody has left it. */
export function enterRoom(path: string): WaitingRoom {
  const room = rooms.get(path) ?? new WaitingRoom();
  rooms.set(path, room);
  room.visitors += 1;
  return room;
}

/** To be called once for every {@link enterRoom}. */
export function leaveRoom(path: string, room: WaitingRoom): void {
  room.visitors -= 1;
  if (room.visitors === 0) rooms.delete(path);
}
