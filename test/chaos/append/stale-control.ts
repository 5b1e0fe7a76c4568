import type { ControlRecord, ControlStore } from "@cutover/core";

/** What decides which store is in charge, as a process sees it that looks once and never again. */
export class StaleControl {
  #isStale = false;

  /** From now on the process goes by what it saw last. */
  goStale(): void {
    this.#isStale = true;
  }

  /** Marks, locks and all else go to the control store itself. */
  of(control: ControlStore): ControlStore {
    let generation: number | undefined;
    let records: readonly ControlRecord[] | undefined;
    const own = {
      generation: async (): Promise<number | undefined> => {
        if (!this.#isStale) generation = await control.generation();
        return generation;
      },
      records: async (): Promise<readonly ControlRecord[]> => {
        if (!this.#isStale || records === undefined) records = await control.records();
        return records;
      },
    };
    return new Proxy(control, {
      get: (target, name) => {
        const from = Object.hasOwn(own, name) ? own : target;
        const member: unknown = Reflect.get(from, name, from);
        return typeof member === "function" ? member.bind(from) : member;
      },
    });
  }
}
