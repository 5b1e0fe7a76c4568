import {
  isStorageError,
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
   * @param write carries it out; resolves when it is durable
   */
  async around(
    operations: readonly WriteOperation[],
    write: () => Promise<readonly WriteResult[]>,
  ): Promise<void> {
    const targets = targetsOf(operations);
    await this.at?.("write/entered");
    const mark = await this.control.mark(this.unit, targets);
    await this.at?.("write/marked");
    let moved: readonly MarkTarget[] = [];
    try {
      moved = removedOf(operations, await write());
      await this.at?.("write/written");
    } catch (error) {
      // Whatever a commit of unknown outcome may have done is taken as done.
      if (isStorageError(error, "COMMIT_UNKNOWN")) moved = targets;
      throw error;
    } finally {
      await this.settle(mark, targets, moved);
    }
    await this.at?.("write/settled");
  }

  /** A mark that cannot be settled stays, and is settled for us once nobody can be writing. */
  private async settle(
    mark: number,
    targets: readonly MarkTarget[],
    moved: readonly MarkTarget[],
  ): Promise<void> {
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
    } catch {
      // The write itself has its own outcome, which is what the caller is told.
    }
  }
}
