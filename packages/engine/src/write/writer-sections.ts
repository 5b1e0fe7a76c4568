import { StorageError, type ControlLock, type ControlStore } from "@cutover/core";

/** How long callers may join a section that is open: others may be waiting to have it alone. */
const admissionMs = 10;

/** How long somebody waits to get in, and what ends the waiting sooner. */
export interface EntryOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

interface Waiter {
  readonly enter: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** The control store's lock that writers of a unit share and changes of its stage hold alone. */
export function writersLock(unit: string): string {
  return `writers:${unit}`;
}

/**
 * Lets this process's writers of one unit share one turn at the lock: whoever is inside can rely
 * on the unit's stage. Callers get in in the order in which they came.
 */
export class WriterSections {
  private readonly control: ControlStore;
  private readonly name: string;
  private readonly waiting: Waiter[] = [];
  private held: { readonly lock: ControlLock; readonly sinceMs: number } | undefined;
  private inside = 0;
  private acquiring: AbortController | undefined;

  constructor(control: ControlStore, unit: string) {
    this.control = control;
    this.name = writersLock(unit);
  }

  /**
   * Waits to get in. @returns what to call on the way out, once
   * @throws StorageError LOCK_TIMEOUT; the signal's reason
   */
  async enter({ timeoutMs, signal }: EntryOptions): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.isOpen && this.waiting.length === 0) this.inside++;
    else await this.queue({ timeoutMs, signal });
    return () => this.leave();
  }

  private get isOpen(): boolean {
    return this.held !== undefined && performance.now() - this.held.sinceMs < admissionMs;
  }

  private async queue({ timeoutMs, signal }: EntryOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { enter: resolve, refuse: reject };
    const giveUp = (reason: unknown): void => {
      const index = this.waiting.indexOf(waiter);
      if (index < 0) return;
      this.waiting.splice(index, 1);
      reject(reason);
      if (this.waiting.length === 0) this.acquiring?.abort();
    };
    const onAbort = (): void => giveUp(signal?.reason);
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => giveUp(stayedFrozen(timeoutMs)), timeoutMs)
      : undefined;
    signal?.addEventListener("abort", onAbort, { once: true });
    this.waiting.push(waiter);
    this.pump();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  private pump(): void {
    if (this.held === undefined && this.acquiring === undefined && this.waiting.length > 0) {
      void this.acquire();
    }
  }

  private async acquire(): Promise<void> {
    const controller = new AbortController();
    this.acquiring = controller;
    try {
      const lock = await this.control.lock(this.name, "shared", {
        timeoutMs: Infinity,
        signal: controller.signal,
      });
      this.held = { lock, sinceMs: performance.now() };
      this.inside += this.waiting.length;
      for (const waiter of this.waiting.splice(0)) waiter.enter();
      if (this.inside === 0) this.release();
    } catch (error) {
      if (!controller.signal.aborted)
        for (const waiter of this.waiting.splice(0)) waiter.refuse(error);
    } finally {
      this.acquiring = undefined;
      this.pump();
    }
  }

  private leave(): void {
    this.inside--;
    if (this.inside > 0) return;
    this.release();
    this.pump();
  }

  private release(): void {
    this.held?.lock.release();
    this.held = undefined;
  }
}

function stayedFrozen(timeoutMs: number): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `the unit's stage was being changed for ${Math.round(timeoutMs)} ms; nothing was changed`,
    { backend: "cutover" },
  );
}
