import {
  isStorageError,
  StorageError,
  type ControlStore,
  type MarkTarget,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import type { AtFailpoint } from "../failpoint.ts";
import { removedOf, targetsOf, targetText } from "./write-targets.ts";

/** Marks what a write may change before it does, so that no crash leaves an unknown difference. */
export class Intents {
  private readonly control: ControlStore;
  private readonly unit: string;
  private readonly at: AtFailpoint | undefined;

  constructor(control: ControlStore, unit: string, at?: AtFailpoint) {
    this.control = control;
    this.unit = unit;
    this.at = at;
  }

  /**
   * Runs a write between its mark and the mark's settlement.
   * @param operations what the write is going to do, in order
   * @param write carries it out, and takes effect only after `mark`; resolves when it is durable.
   *   Where it changes nothing it need not mark anything
   * @throws StorageError COMMIT_UNKNOWN when the lock that it was decided under was lost meanwhile;
   *   what `write` throws
   */
  async around(
    operations: readonly WriteOperation[],
    write: (mark: () => Promise<void>) => Promise<readonly WriteResult[]>,
  ): Promise<void> {
    const targets = targetsOf(operations);
    await this.at?.("write/entered");
    const marked = new OnceMarked(() => this.mark(targets));
    let moved: readonly MarkTarget[] = [];
    try {
      moved = removedOf(operations, await write(marked.mark));
      await this.at?.("write/written");
    } catch (error) {
      // Whatever a commit of unknown outcome may have done is taken as done.
      if (isStorageError(error, "COMMIT_UNKNOWN")) moved = targets;
      await this.settle(await marked.number(), targets, moved);
      throw error;
    }
    const trouble = await this.settle(await marked.number(), targets, moved);
    if (isStorageError(trouble, "LOCK_LOST")) throw unheld(this.unit, trouble);
    await this.at?.("write/settled");
  }

  private async mark(targets: readonly MarkTarget[]): Promise<number> {
    const number = await this.control.mark(this.unit, targets);
    await this.at?.("write/marked");
    return number;
  }

  /**
   * A mark that cannot be settled stays, and is settled for us once nobody can be writing.
   * @returns why it could not be settled
   */
  private async settle(
    mark: number | undefined,
    targets: readonly MarkTarget[],
    moved: readonly MarkTarget[],
  ): Promise<unknown> {
    if (mark === undefined) return undefined;
    const own = new Set(targets.map(targetText));
    const evicted = moved.filter((target) => !own.has(targetText(target)));
    try {
      if (evicted.length > 0)
        await this.control.markSettled(
          this.unit,
          evicted.map((target) => ({ ...target, moved: true })),
        );
      await this.control.settle(this.unit, {
        mark,
        targets,
        moved: moved.filter((target) => own.has(targetText(target))),
      });
      return undefined;
    } catch (error) {
      // The write itself has its own outcome, which is what the caller is told.
      return error;
    }
  }
}

/** The mark of one write, made when it is first asked for. */
class OnceMarked {
  private readonly make: () => Promise<number>;
  private making: Promise<number> | undefined;

  constructor(make: () => Promise<number>) {
    this.make = make;
  }

  /** Resolves when the mark is durable. */
  readonly mark = async (): Promise<void> => {
    await (this.making ??= this.make());
  };

  /** @returns the mark's number; undefined where it was never asked for, or could not be made */
  async number(): Promise<number | undefined> {
    return this.making?.catch(() => undefined);
  }
}

/** Somebody may have changed the stage meanwhile: the store that was written to may not be in charge. */
export function unheld(unit: string, cause?: StorageError): StorageError {
  return new StorageError(
    "COMMIT_UNKNOWN",
    `unit "${unit}": the lock on its stage was lost while something was written; ` +
      "read the records again before repeating the call",
    { backend: "cutover", ...(cause === undefined ? {} : { cause }) },
  );
}
