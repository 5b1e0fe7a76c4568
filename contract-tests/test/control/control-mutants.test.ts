import { memoryControl, type ControlStore } from "@cutover/core";
import { controlClauses, runControlClause } from "@cutover/contract-tests/control";
import { describe, expect, test } from "vitest";
import { controlMutants, type ControlMutant } from "./control-mutants.ts";

/** A store whose methods are replaced; the others, and all it holds, stay the store's own. */
function spoiled(store: ControlStore, changes: Partial<ControlStore>): ControlStore {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in changes ? changes : target, name);
      if (typeof value !== "function") return value;
      return (...call: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, call);
        // A clause that has failed no longer waits for what it began.
        if (result instanceof Promise) result.catch(() => undefined);
        return result;
      };
    },
  });
}

/** Runs a clause on a mutant. @returns whether the clause failed */
async function notices(id: string, { spoil }: ControlMutant): Promise<boolean> {
  const clause = controlClauses.find((one) => one.id === id);
  if (clause === undefined) throw new Error(`there is no clause ${id}`);
  const originals: ControlStore[] = [];
  const make = (_location: string, options: { clock?: () => number }): ControlStore => {
    const store = memoryControl(options);
    originals.push(store);
    return spoiled(store, spoil(store));
  };
  try {
    await runControlClause(clause, { name: "mutant", make });
    return false;
  } catch {
    return true;
  } finally {
    for (const store of originals) await store.close();
  }
}

describe("the contract of control stores", () => {
  test.each(controlMutants)("notices that $what", async (mutant) => {
    for (const id of mutant.noticed) expect([id, await notices(id, mutant)]).toEqual([id, true]);
  });

  test("has a mutant for every clause", () => {
    const noticed = new Set(controlMutants.flatMap((mutant) => mutant.noticed));
    expect(controlClauses.filter(({ id }) => !noticed.has(id)).map(({ id }) => id)).toEqual([]);
  });
});
