import { isStorageError, type ControlStore } from "@cutover/core";
import { expect, it } from "vitest";
import { items, TwoStores, unit, walk } from "../backend/two-stores.ts";

/** Tells when somebody has given up waiting for the writers to be out. */
function whenTimedOut(control: ControlStore, told: () => void): ControlStore {
  const lock: ControlStore["lock"] = async (...call) => {
    try {
      return await control.lock(...call);
    } catch (error) {
      if (isStorageError(error, "LOCK_TIMEOUT")) told();
      throw error;
    }
  };
  return new Proxy(control, {
    get: (target, member) => {
      if (member === "lock") return lock;
      const value: unknown = Reflect.get(target, member);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

it("a switch begins though somebody who clears a collection takes longer than it waits for writers at once", async () => {
  await using hop = await TwoStores.make();
  const app = await hop.app();
  await walk(await hop.operator(), "shadow");
  await app.collection(items).put("a", { n: 1 });
  await hop.drained();
  const [reached, answers] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  hop.old.hindrance = () => {
    reached.resolve();
    return answers.promise;
  };
  const clearing = app.collection(items).clear();
  await reached.promise;
  const control = whenTimedOut(await hop.control(), () => answers.resolve());
  const operator = await hop.operator({ control });
  const { after } = await operator.switch(unit, { force: true, reason: "a test" });
  await clearing;
  expect(after.stage).toBe("live");
  expect(await app.collection(items).count()).toBe(0);
});
