import type { ControlStore, StorageBackend } from "@cutover/core";
import { cutoverBackend, Operator, type StageChange, type Unit } from "@cutover/engine";
import type { Load } from "./load.ts";

/** What one hop is made of. */
export interface HopParts {
  /** Another one for each hop: a store remembers by this name who decides about it. */
  readonly unit: Unit;
  readonly old: StorageBackend;
  readonly new: StorageBackend;
  /** Another one for each hop, too. */
  readonly control: ControlStore;
}

/** So many requests are served at every stage before the next step is taken. */
const requests = 40;

/** One hop while the application works: it opens the two stores as one, an operator walks them. */
export class Hop {
  readonly #parts: HopParts;
  readonly #load: Load;
  readonly #say: (line: string) => void;
  readonly #operator: Operator;
  readonly #app: StorageBackend;

  private constructor(
    parts: HopParts,
    app: StorageBackend,
    { load, say }: { readonly load: Load; readonly say: (line: string) => void },
  ) {
    const { old, new: successor, control, unit } = parts;
    this.#parts = parts;
    this.#app = app;
    this.#load = load;
    this.#say = say;
    // An example has no week to wait until a store may be retired.
    const reverseWindowMs = 0;
    this.#operator = new Operator({
      old,
      new: successor,
      control,
      units: [unit],
      reverseWindowMs,
    });
  }

  /** Opens the stores of a hop as one, and lets the application work on it. */
  static async begin(parts: HopParts, load: Load, say: (line: string) => void): Promise<Hop> {
    const { old, new: successor, control, unit } = parts;
    try {
      const app = await cutoverBackend({ old, new: successor, control, units: [unit] });
      load.start(app);
      return new Hop(parts, app, { load, say });
    } catch (error) {
      await closeAll(parts);
      throw error;
    }
  }

  /** From the old store in charge to the new one, which the old one is kept equal to. */
  async walkToLive(): Promise<void> {
    const operator = this.#operator;
    const { unit } = this.#parts;
    await this.#step("start", () => operator.start(unit));
    await operator.backfill(unit);
    await this.#step("advance", () => operator.advance(unit));
    await this.#verify();
    await this.#step("switch", () => operator.switch(unit));
  }

  /** From there to its end: the old store is retired. */
  async complete(): Promise<void> {
    const { unit } = this.#parts;
    await this.#step("ramp down", () => this.#operator.rampDown(unit));
    await this.#step("complete", () => this.#operator.complete(unit));
  }

  /** One step back: the old store is in charge again, with everything written since. */
  async stepBack(): Promise<void> {
    await this.#step("reverse", () => this.#operator.reverse(this.#parts.unit));
    await this.#verify();
  }

  /** Lets the application come to rest, and closes all that was opened. */
  async end(): Promise<void> {
    try {
      await this.#load.stop();
    } finally {
      await this.#app.close();
      await closeAll(this.#parts);
    }
  }

  async #step(action: string, change: () => Promise<StageChange>): Promise<void> {
    const { after, frozenMs } = await change();
    await this.#load.serve(requests);
    const hop = `${after.hop.from} → ${after.hop.to}`;
    const way = `${hop.padEnd(17)}  ${action.padEnd(9)}  ${after.stage.padEnd(9)}`;
    this.#say(`${way}  writers waited ${frozenMs.toFixed(1)} ms`);
  }

  async #verify(): Promise<void> {
    const { isClean, differences } = await this.#operator.verify(this.#parts.unit);
    if (!isClean) throw new Error(`${differences} records differ`);
  }
}

async function closeAll({ old, new: successor, control }: HopParts): Promise<void> {
  for (const part of [old, successor, control]) await part.close();
}
