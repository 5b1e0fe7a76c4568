import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import type { AuditRow, JsonValue } from "@cutover/core";
import { isJsonObject, replicaOf } from "@cutover/core";
import {
  epochMarks,
  stages,
  stageSteps,
  type Side,
  type Stage,
  type StageAction,
  type UnitRecord,
} from "@cutover/engine";
import { App } from "./app.ts";
import { contentOf, effectOf, ownText, uncovered, type Content } from "./content.ts";
import { assertFound, driftOf, sizeOf } from "./drift.ts";
import { readJournal, type Author } from "./journal.ts";
import { act, loseMarks, operatorOf, verify } from "./operations.ts";
import type { Scenario } from "./scenario.ts";
import { openStores, unit, type Stores } from "./subject.ts";
import { takeStep } from "./write-step.ts";

/** From these failpoints on a change of stage has happened. */
const afterCommit: ReadonlySet<string> = new Set(["stage/committed", "stage/released"]);
/** Somebody must get through within this; only a freeze that stays takes so long. Milliseconds. */
const boundMs = 20_000;

function isStageAction(action: string): action is StageAction {
  return stageSteps.some((step) => step.action === action);
}

/** Looks at what a killed process left, mends it the way users do, and looks again. */
export class Examination {
  private readonly folder: string;
  private readonly scenario: Scenario;
  /** A store that nothing is written to any more, as it was left, and since which epoch. */
  private retired: { readonly epoch: number; readonly content: Content } | undefined;

  constructor(folder: string, scenario: Scenario) {
    this.folder = folder;
    this.scenario = scenario;
  }

  private async withStores<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    const stores = await openStores(this.folder);
    try {
      return await work(stores);
    } finally {
      await stores.close();
    }
  }

  /** Nothing is mended by then: what the two stores and the control store say as they are. */
  async asLeft(): Promise<void> {
    await this.withStores(async (stores) => {
      await checkLocks(stores);
      const record = await operatorOf(stores).record(unit);
      this.checkStage(record);
      checkAudit(record, await stores.control.audit(1000));
      await checkEpochs(stores, record);
      await this.checkAuthority(stores, record);
      // Where marks were lost before, whatever differs is unmarked from the beginning.
      if (this.scenario.dirt !== "lost") await checkMarks(stores, record);
      const retired = retiredAt(record);
      if (retired !== undefined)
        this.retired = { epoch: record.epoch, content: await contentOf(stores[retired]) };
    });
  }

  /**
   * The marks are lost: a comparison finds exactly what differs, and one repair makes an end of it.
   * @returns how many records differed
   */
  async withoutMarks(): Promise<number> {
    return this.withStores(async (stores) => {
      const { stage, backfilled } = await operatorOf(stores).record(unit);
      const { authority, mirror } = stages[stage];
      if (mirror === undefined || !backfilled) return 0;
      await loseMarks(stores);
      const wanted = await contentOf(stores[authority]);
      const held = await contentOf(stores[mirror]);
      assertFound(await verify(stores), wanted, held);
      const { left } = await operatorOf(stores).repair(unit);
      assert.deepEqual(left, [], "what a repair could not mend");
      assertFound(await verify(stores), wanted, wanted);
      assert.deepEqual(await contentOf(stores[mirror]), wanted, "after one repair");
      return sizeOf(driftOf(wanted, held));
    });
  }

  /** The stage that an action which died at the failpoint has left. */
  private stageLeft(): Stage {
    const { deed, stage, point } = this.scenario;
    if (deed.as === "app" || !isStageAction(deed.action) || !afterCommit.has(point)) return stage;
    const { action } = deed;
    return stageSteps.find((step) => step.from === stage && step.action === action)?.to ?? stage;
  }

  private checkStage({ stage, backfilled }: UnitRecord): void {
    assert.equal(stage, this.stageLeft(), "the stage");
    if (this.scenario.point === "backfill/recorded") assert.equal(backfilled, true);
  }

  private async checkAuthority(stores: Stores, { stage }: UnitRecord): Promise<void> {
    const content = await contentOf(stores[stages[stage].authority]);
    for (const author of ["victim", "other"] as const) {
      const found = ownText(content, author);
      const possible = await this.possible(author);
      if (!possible.includes(found)) assert.equal(found, possible[0], `calls of ${author}`);
    }
  }

  /** The call under way may have happened, or not; everything acknowledged has. */
  private async possible(author: Author): Promise<string[]> {
    const { ended, underWay } = readJournal(this.folder, author);
    const possible = [ownText(await effectOf(ended), author)];
    if (underWay !== undefined)
      possible.push(ownText(await effectOf([...ended, underWay]), author));
    return possible;
  }

  /** Does again what was interrupted, and more, with the processes that users have. */
  async mend(): Promise<void> {
    const app = await App.open(this.folder, "other");
    try {
      const last = { do: "put", in: "plain", key: "other-last", row: { n: 1 } } as const;
      await inTime(app.take(last), "a write");
      const { underWay } = readJournal(this.folder, "victim");
      if (underWay !== undefined) await inTime(takeStep(app.backend, underWay), "the same write");
      await this.withStores((stores) => this.doAgain(stores));
    } finally {
      await app.close();
    }
  }

  private async doAgain(stores: Stores): Promise<void> {
    const { deed, stage } = this.scenario;
    const operator = operatorOf(stores);
    const left = await operator.record(unit);
    if (deed.as === "operator") {
      const happened = isStageAction(deed.action) && left.stage !== stage;
      if (happened) await assert.rejects(act(stores, deed.action), { code: "STAGE_REFUSED" });
      else await inTime(act(stores, deed.action), deed.action);
    }
    const { stage: now, backfilled } = await operator.record(unit);
    if (stages[now].mirror === undefined) return;
    if (!backfilled) await inTime(act(stores, "backfill"), "a backfill");
    await inTime(drained(stores), "the drain in the background");
    const report = await verify(stores);
    assert.equal(report.isClean, true, JSON.stringify(report));
  }

  /** After it was mended: both stores hold the same, nothing is marked. */
  async asMended(): Promise<void> {
    await this.withStores(async (stores) => {
      const record = await operatorOf(stores).record(unit);
      checkAudit(record, await stores.control.audit(1000));
      await this.checkMended(stores, record);
      await checkEpochs(stores, record);
      await this.checkRetired(stores, record);
      if (stages[record.stage].mirror === undefined) return;
      assert.deepEqual(await stores.control.marks(unit.name, 1000), []);
      assert.deepEqual(await contentOf(stores.new), await contentOf(stores.old));
    });
  }

  /** Nothing that was decided before it was retired reaches a store after. */
  private async checkRetired(stores: Stores, record: UnitRecord): Promise<void> {
    const side = retiredAt(record);
    if (side === undefined || this.retired?.epoch !== record.epoch) return;
    assert.deepEqual(await contentOf(stores[side]), this.retired.content, "the retired store");
  }

  private async checkMended(stores: Stores, { stage }: UnitRecord): Promise<void> {
    const content = await contentOf(stores[stages[stage].authority]);
    const { ended } = readJournal(this.folder, "other");
    assert.equal(ownText(content, "other"), ownText(await effectOf(ended), "other"));
    const { ended: first, underWay } = readJournal(this.folder, "victim");
    const again = underWay === undefined ? [] : [underWay];
    const found = ownText(content, "victim");
    const once = ownText(await effectOf([...first, ...again]), "victim");
    const twice = ownText(await effectOf([...first, ...again, ...again]), "victim");
    if (found !== twice) assert.equal(found, once, "calls of victim, made again");
  }
}

/** Locks end with their holder: each is to be had at once. */
async function checkLocks({ control }: Stores): Promise<void> {
  for (const name of [`drain:${unit.name}`, `writers:${unit.name}`]) {
    const lock = await control.lock(name, "exclusive", { timeoutMs: 0 });
    lock.release();
  }
}

function member(details: JsonValue, name: string): JsonValue | undefined {
  return isJsonObject(details) ? details[name] : undefined;
}

/** Every epoch has its row, and the record says what the newest of them says. */
function checkAudit(record: UnitRecord, audit: readonly AuditRow[]): void {
  const changes = audit.filter(({ action }) => isStageAction(action)).toReversed();
  const epochs = changes.map(({ details }) => member(details, "epoch"));
  assert.deepEqual(
    epochs,
    Array.from(changes, (_, index) => index + 1),
    "the epochs of the audit",
  );
  assert.equal(record.epoch, changes.length, "an epoch for each change in the audit");
  const last = changes.at(-1);
  if (last !== undefined) assert.equal(member(last.details, "to"), record.stage);
}

/** The store that a unit is not kept in any more, or not yet. */
function retiredAt({ stage }: UnitRecord): Side | undefined {
  const { authority, mirror } = stages[stage];
  if (mirror !== undefined) return undefined;
  return authority === "old" ? "new" : "old";
}

/** No store has come further than the control store knows. */
async function checkEpochs(stores: Stores, { epoch }: UnitRecord): Promise<void> {
  for (const side of ["old", "new"] as const) {
    const marks = await replicaOf(stores[side]).states(epochMarks, [unit.name]);
    const known = Number(member(marks.get(unit.name) ?? {}, "epoch") ?? 0);
    assert.ok(known <= epoch, `the ${side} store has come to epoch ${known} of ${epoch}`);
  }
}

async function checkMarks(stores: Stores, { stage }: UnitRecord): Promise<void> {
  if (stages[stage].mirror === undefined) return;
  const marks = await stores.control.marks(unit.name, Number.MAX_SAFE_INTEGER);
  const inNew = uncovered(await contentOf(stores.new), marks);
  assert.equal(inNew, uncovered(await contentOf(stores.old), marks), "what no mark covers");
}

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} did not end`)), boundMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles when nothing is marked any more. */
async function drained({ control }: Stores): Promise<void> {
  for (;;) {
    const { keys, collections } = await control.count(unit.name);
    if (keys === 0 && collections.length === 0) return;
    await sleep(10);
  }
}
