import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Examined } from "./examiner.ts";
import { Lane, type LaneOptions } from "./lane.ts";
import type { Scenario } from "./scenario.ts";

/** Runs as many scenarios at once as there are lanes; the others wait. */
export class Lanes {
  private readonly root = mkdtempSync(join(tmpdir(), "cutover-failpoints-"));
  private readonly all: readonly Lane[];
  private readonly free: Lane[];
  private readonly waiting: ((lane: Lane) => void)[] = [];

  constructor(count: number, options: LaneOptions) {
    this.all = Array.from(
      { length: count },
      (_, index) => new Lane(this.root, `lane${index}`, options),
    );
    this.free = [...this.all];
  }

  /** Rejects with what is wrong. */
  async run(scenario: Scenario): Promise<Examined> {
    const lane = this.free.pop() ?? (await this.next());
    try {
      return await lane.run(scenario);
    } finally {
      const waiting = this.waiting.shift();
      if (waiting === undefined) this.free.push(lane);
      else waiting(lane);
    }
  }

  private next(): Promise<Lane> {
    const { promise, resolve } = Promise.withResolvers<Lane>();
    this.waiting.push(resolve);
    return promise;
  }

  async end(): Promise<void> {
    await Promise.all(this.all.map((lane) => lane.end()));
    rmSync(this.root, { recursive: true, force: true });
  }
}
