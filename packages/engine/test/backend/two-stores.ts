import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defineCollection, integer, type ControlStore, type StorageBackend } from "@cutover/core";
import {
  cutoverBackend,
  Operator,
  stageSteps,
  type CutoverOptions,
  type OperatorOptions,
  type Stage,
  type StageAction,
  type Unit,
} from "@cutover/engine";
import { sqliteControl } from "@cutover/kysely/control";
import { watchedStore, type WatchedStore } from "./watched-store.ts";

/** What is kept in the tests of stages, routes and writes. */
export const items = defineCollection<{ n: number }>({ name: "items", fields: { n: integer() } });

/** All of it is one unit. */
export const unit: Unit = { name: "items", collections: [items] };

const forced = { force: true, reason: "a test" };
const methods = {
  start: "start",
  advance: "advance",
  switch: "switch",
  reverse: "reverse",
  "ramp down": "rampDown",
  complete: "complete",
  "step back": "stepBack",
  cancel: "cancel",
} as const satisfies Record<StageAction, keyof Operator>;

/** The shortest way between two stages; undefined where there is none. */
export function wayBetween(from: Stage, to: Stage): readonly StageAction[] | undefined {
  const ways = new Map<Stage, readonly StageAction[]>([[from, []]]);
  for (const [stage, way] of ways) {
    for (const step of stageSteps) {
      if (step.from === stage && !ways.has(step.to)) ways.set(step.to, [...way, step.action]);
    }
  }
  return ways.get(to);
}

/** Two stores in memory that are watched, with a control store that several connections share. */
export class TwoStores implements AsyncDisposable {
  readonly old: WatchedStore = watchedStore("old");
  readonly new: WatchedStore = watchedStore("new");
  private readonly folder: string;
  private readonly closing: AsyncDisposable[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<TwoStores> {
    return new TwoStores(await mkdtemp(join(tmpdir(), "cutover-two-stores-")));
  }

  /** A connection of its own to the control store, as every process has one. */
  async control(): Promise<ControlStore> {
    const control = sqliteControl({ path: join(this.folder, "control.db") });
    await control.open();
    this.closing.push(control);
    return control;
  }

  /** An application with a connection of its own. */
  async app(options: Partial<CutoverOptions> = {}): Promise<StorageBackend> {
    const control = await this.control();
    const stores = { old: this.old.backend, new: this.new.backend, control, units: [unit] };
    const app = await cutoverBackend({ ...stores, ...options });
    this.closing.push(app);
    return app;
  }

  async operator(options: Partial<OperatorOptions> = {}): Promise<Operator> {
    const control = await this.control();
    const stores = { old: this.old.backend, new: this.new.backend, control, units: [unit] };
    return new Operator({ ...stores, reverseWindowMs: 0, ...options });
  }

  /** Settles when no mark is left. */
  async drained(): Promise<void> {
    const control = await this.control();
    for (;;) {
      const { keys, collections } = await control.count(unit.name);
      if (keys === 0 && collections.length === 0) return;
      await sleep(5);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.old.hindrance = undefined;
    this.new.hindrance = undefined;
    for (const part of this.closing.toReversed()) await part[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Leads the unit to a stage, copying where that is asked for. @throws where there is no way */
export async function walk(operator: Operator, to: Stage): Promise<void> {
  const { stage } = await operator.record(unit);
  const way = wayBetween(stage, to);
  if (way === undefined) throw new Error(`there is no way from ${stage} to ${to}`);
  for (const action of way) {
    await operator[methods[action]](unit, forced);
    if (action === "start") await operator.backfill(unit);
  }
}
