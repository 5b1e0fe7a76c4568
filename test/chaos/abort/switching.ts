import type { Failpoint } from "@cutover/engine";
import type { OpenOperator, Subject } from "../subject.ts";

const forced = { force: true, reason: "a test" };

/** Somebody who moves a unit to the other store, and back, and lets calls begin while it is frozen. */
export class Switching {
  readonly #subject: Subject;
  #operator: OpenOperator | undefined;
  #frozen: (() => void) | undefined;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  async open(): Promise<void> {
    const at = (point: Failpoint): void => {
      if (point === "stage/writers-out") this.#frozen?.();
    };
    this.#operator = await this.#subject.openOperator({ at });
    const { operator, unit } = this.#operator;
    if ((await operator.record(unit)).stage === "dualwrite") await operator.advance(unit);
  }

  /** Changes the stage, makes the call when nobody can write, and ends with both. */
  readonly begin = async (call: () => Promise<unknown>): Promise<unknown> => {
    if (this.#operator === undefined) throw new Error("nobody is there to switch");
    const { operator, unit } = this.#operator;
    const frozen = Promise.withResolvers<void>();
    this.#frozen = frozen.resolve;
    const { stage } = await operator.record(unit);
    const change =
      stage === "shadow" ? operator.switch(unit, forced) : operator.reverse(unit, forced);
    await Promise.race([frozen.promise, change]);
    const called = call();
    const [outcome] = await Promise.allSettled([called, change]);
    await change;
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  };

  async close(): Promise<void> {
    await this.#operator?.close();
  }
}
