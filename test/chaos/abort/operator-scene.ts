import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { StorageBackend } from "@cutover/core";
import type { Operator, Stage, Unit, UnitRecord } from "@cutover/engine";
import { collections, counters } from "../kill-loop/counters.ts";
import { type OpenOperator, Subject } from "../subject.ts";
import type { Outcome, Sweepable } from "./sweep.ts";

/** An action on a unit, and how to come to where it begins. */
export interface Action {
  readonly from: Stage;
  readonly to: Stage;
  readonly act: (operator: Operator, unit: Unit, signal: AbortSignal) => Promise<unknown>;
  /** Tells by the record whether it took effect. Default: by the stage. */
  readonly isDone?: (was: UnitRecord, is: UnitRecord) => boolean;
}

const forced = { force: true, reason: "a test" };
const copied = (_was: UnitRecord, is: UnitRecord): boolean => is.backfilled;
const compared = (was: UnitRecord, is: UnitRecord): boolean =>
  is.verification !== undefined && is.verification.at !== was.verification?.at;

/** Everything that an operator can do and that takes a signal. */
export const actions: Readonly<Record<string, Action>> = {
  start: { from: "off", to: "dualwrite", act: (o, unit, signal) => o.start(unit, { signal }) },
  backfill: {
    from: "dualwrite",
    to: "dualwrite",
    act: (o, unit, signal) => o.backfill(unit, { signal }),
    isDone: copied,
  },
  verify: {
    from: "shadow",
    to: "shadow",
    act: (o, unit, signal) => o.verify(unit, { signal }),
    isDone: compared,
  },
  switch: {
    from: "shadow",
    to: "live",
    act: (o, unit, signal) => o.switch(unit, { ...forced, signal }),
  },
  reverse: { from: "live", to: "shadow", act: (o, unit, signal) => o.reverse(unit, { signal }) },
  "ramp-down": {
    from: "live",
    to: "rampdown",
    act: (o, unit, signal) => o.rampDown(unit, { signal }),
  },
  complete: {
    from: "rampdown",
    to: "complete",
    act: (o, unit, signal) => o.complete(unit, { ...forced, signal }),
  },
  "step-back": {
    from: "shadow",
    to: "dualwrite",
    act: (o, unit, signal) => o.stepBack(unit, { signal }),
  },
  cancel: { from: "shadow", to: "off", act: (o, unit, signal) => o.cancel(unit, { signal }) },
};

type Step = (operator: Operator, unit: Unit) => Promise<unknown>;

const order: readonly Stage[] = ["off", "dualwrite", "shadow", "live", "rampdown", "complete"];
/** From each stage to the next. */
const onwards: Readonly<Partial<Record<Stage, Step>>> = {
  off: (operator, unit) => operator.start(unit),
  dualwrite: async (operator, unit) => {
    await operator.backfill(unit);
    await operator.advance(unit);
  },
  shadow: (operator, unit) => operator.switch(unit, forced),
  live: (operator, unit) => operator.rampDown(unit),
};
/** From each stage towards the first. */
const back: Readonly<Partial<Record<Stage, Step>>> = {
  dualwrite: (operator, unit) => operator.cancel(unit),
  shadow: (operator, unit) => operator.stepBack(unit),
  live: (operator, unit) => operator.reverse(unit),
  rampdown: (operator, unit) => operator.reverse(unit),
};

async function lead({ operator, unit }: OpenOperator, to: Stage): Promise<void> {
  for (;;) {
    const { stage } = await operator.record(unit);
    const [is, wanted] = [order.indexOf(stage), order.indexOf(to)];
    if (is === wanted) return;
    const step = (is < wanted ? onwards : back)[stage];
    if (step === undefined) throw new Error(`there is no way from ${stage} to ${to}`);
    await step(operator, unit);
  }
}

interface Place {
  readonly subject: Subject;
  readonly acting: OpenOperator;
  readonly application: StorageBackend;
}

/** A unit that an operator changes and gives up changing, while an application has it open. */
export class OperatorScene implements Sweepable {
  readonly #action: Action;
  readonly #folder: string;
  #place: Place | undefined;
  #places = 0;
  #was: UnitRecord | undefined;
  #writes = 0;

  /** @param folder empty */
  constructor(action: Action, folder: string) {
    this.#action = action;
    this.#folder = folder;
  }

  async call(signal: AbortSignal): Promise<unknown> {
    const { operator, unit } = (await this.#here()).acting;
    return this.#action.act(operator, unit, signal);
  }

  async prepare(): Promise<void> {
    const { acting } = await this.#here();
    const { operator, unit } = acting;
    const { from, isDone } = this.#action;
    // A copy that is to begin anew begins at the start.
    if (isDone === copied) await lead(acting, "off");
    if ((await operator.record(unit)).stage === "complete") await this.#leave();
    const now = (await this.#here()).acting;
    await lead(now, from);
    this.#was = await now.operator.record(now.unit);
  }

  async judge(outcome: Outcome): Promise<string[]> {
    const { acting, application } = await this.#here();
    const was = this.#was;
    if (was === undefined) throw new Error("nothing was prepared");
    const is = await acting.operator.record(acting.unit);
    const { from, to, isDone = () => is.stage === to } = this.#action;
    const said = outcome.isDone ? "done" : "given up";
    const problems: string[] = [];
    if (isDone(was, is) !== outcome.isDone)
      problems.push(`it says that it is ${said}, and the record is ${JSON.stringify(is)}`);
    if (!outcome.isDone && (is.stage !== from || is.epoch !== was.epoch))
      problems.push(`given up, it left the unit at ${is.stage}, epoch ${is.epoch}`);
    this.#writes += 1;
    const written = { n: this.#writes };
    await application.collection(counters).put("application", written);
    const read = await application.collection(counters).get("application");
    if (read?.n !== this.#writes) problems.push("the application does not read what it wrote");
    return problems;
  }

  /** @returns what is wrong when all is over */
  async close(): Promise<string[]> {
    const { subject, acting } = await this.#here();
    const { stage } = await acting.operator.record(acting.unit);
    if (stage === "off") await lead(acting, "dualwrite");
    await this.#leave();
    if (stage === "complete") return [];
    const report = await subject.compare();
    return report?.isClean === true ? [] : ["the two stores differ in the end"];
  }

  async #here(): Promise<Place> {
    if (this.#place !== undefined) return this.#place;
    const folder = join(this.#folder, String(this.#places));
    this.#places += 1;
    mkdirSync(folder);
    const subject = new Subject("dualwrite", folder, collections);
    let ms = Date.now();
    const acting = await subject.openOperator({ clock: () => (ms += 1), reverseWindowMs: 0 });
    const application = await subject.open();
    const records = Array.from({ length: 12 }, (_unused, n) => [`r${n}`, { n }] as const);
    await application.collection(counters).putMany(records);
    this.#place = { subject, acting, application };
    return this.#place;
  }

  async #leave(): Promise<void> {
    await this.#place?.application.close();
    await this.#place?.acting.close();
    this.#place = undefined;
  }
}
