import type { ControlStore, DirtyMark } from "@cutover/core";
import { unit } from "./subject.ts";

/** How a victim departs from the protocol. */
export interface Departure {
  /** What its control store does instead. */
  readonly control?: (control: ControlStore) => Partial<ControlStore>;
  /** What it does at the failpoint, before it dies. */
  readonly beforeDeath?: (control: ControlStore) => Promise<void>;
  /** It tells that a call is done when the call has not begun. */
  readonly acknowledgesFirst?: true;
}

async function clearAll(control: ControlStore): Promise<void> {
  await control.clear(unit.name, await control.marks(unit.name, Number.MAX_SAFE_INTEGER));
}

/** Faults an engine may have, seeded to show that the examination notices them. */
export const faults = {
  "no intent is recorded": {
    control: () => ({ mark: () => Promise.resolve(0) }),
  },
  "marks are cleared before the mirror is written": { beforeDeath: clearAll },
  "a switch drains nothing": {
    control: () => ({
      count: () => ({ keys: 0, collections: [], writing: 0, oldestMs: undefined }),
      marks: (): DirtyMark[] => [],
    }),
  },
  "a stage is changed without its row in the audit": {
    control: (control) => ({ commit: (changes) => control.commit(changes, []) }),
  },
  "a call is acknowledged before it is made": { acknowledgesFirst: true },
  "a process spins for ever": {
    beforeDeath: () => {
      for (;;);
    },
  },
} as const satisfies Record<string, Departure>;

/** A name of {@link faults}. */
export type Fault = keyof typeof faults;

/** What a victim with a fault departs in; nothing without one. */
export function departureOf(fault: Fault | undefined): Departure {
  return fault === undefined ? {} : faults[fault];
}

/** A control store of which some methods are others. */
export function replaced(control: ControlStore, others: Partial<ControlStore>): ControlStore {
  const names = new Map<PropertyKey, unknown>(Object.entries(others));
  return new Proxy(control, {
    get: (target, name) => {
      if (names.has(name)) return names.get(name);
      const found: unknown = Reflect.get(target, name);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}
