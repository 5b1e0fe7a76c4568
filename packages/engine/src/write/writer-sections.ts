import { StorageError, type ControlLock, type ControlStore } from "@cutover/core";
import { writerTurn } from "./writer-turns.ts";

/** How long callers may join a section that is open: others may be waiting to have it alone. */
const admissionMs = 10;
/** For so long it is not looked again whether a change of stage is announced: looking takes as long as the lock. */
const unannouncedMs = 5;

/** How long somebody waits to get in, and what ends the waiting sooner. */
export interface EntryOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A caller's stay in a section. */
export interface Stay {
  /** To be called on the way out, once. */
  readonly leave: () => void;
  /** True once it is known that the stage may have been changed although nobody has left. */
  readonly isLost: () => boolean;
}

interface Held {
  readonly locks: readonly ControlLock[];
  readonly sinceMs: number;
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
  private readonly unit: string;
  private readonly waiting: Waiter[] = [];
  private held: Held | undefined;
  private inside = 0;
  private unannouncedUntilMs = 0;
  private acquiring: AbortController | undefined;

  constructor(control: ControlStore, unit: string) {
    this.control = control;
    this.unit = unit;
  }

  /**
   * Waits to get in.
   * @throws StorageError LOCK_TIMEOUT; the signal's reason
   */
  async enter({ timeoutMs, signal }: EntryOptions): Promise<Stay> {
    signal?.throwIfAborted();
    if (this.isOpen && this.waiting.length === 0) this.inside++;
    else await this.queue({ timeoutMs, signal });
    const { held } = this;
    return { leave: () => this.leave(), isLost: () => isLost(held) };
  }

  private get isOpen(): boolean {
    const { held } = this;
    return held !== undefined && performance.now() - held.sinceMs < admissionMs && !isLost(held);
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
      const locks = await this.locks(controller.signal);
      this.held = { locks, sinceMs: performance.now() };
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

  private async turn(signal: AbortSignal): Promise<ControlLock | undefined> {
    const nowMs = performance.now();
    if (nowMs < this.unannouncedUntilMs) return undefined;
    const turn = await writerTurn(this.control, this.unit, signal);
    if (turn === undefined) this.unannouncedUntilMs = nowMs + unannouncedMs;
    return turn;
  }

  private async locks(signal: AbortSignal): Promise<ControlLock[]> {
    const { control, unit } = this;
    const turn = await this.turn(signal);
    try {
      const lock = await control.lock(writersLock(unit), "shared", { timeoutMs: Infinity, signal });
      return turn === undefined ? [lock] : [lock, turn];
    } catch (error) {
      turn?.release();
      throw error;
    }
  }

  private leave(): void {
    this.inside--;
    if (this.inside > 0) return;
    this.release();
    this.pump();
  }

  private release(): void {
    for (const lock of this.held?.locks ?? []) lock.release();
    this.held = undefined;
  }
}

function isLost(held: Held | undefined): boolean {
  return held?.locks.some((lock) => lock.isLost?.() === true) ?? false;
}

function stayedFrozen(timeoutMs: number): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `the unit's stage was being changed for ${Math.round(timeoutMs)} ms; nothing was changed`,
    { backend: "cutover" },
  );
}
