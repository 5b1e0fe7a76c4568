import { memoryControl, type ControlStore, type StorageBackend } from "@cutover/core";
import { cutoverBackend, Operator } from "@cutover/engine";
import { describe, expect, it } from "vitest";
import { items, unit, walk } from "./two-stores.ts";
import { watchedStore, type WatchedStore } from "./watched-store.ts";

/** A control store that answers as one on a server does: never at once. Counts what is looked at. */
interface FarControl {
  readonly control: ControlStore;
  looks: number;
}

function farControl(near: ControlStore): FarControl {
  const far: FarControl = {
    looks: 0,
    control: new Proxy(near, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name);
        if (typeof found !== "function") return found;
        if (name !== "generation") return found.bind(target);
        return async () => {
          far.looks++;
          return target.generation();
        };
      },
    }),
  };
  return far;
}

interface Scene {
  readonly old: WatchedStore;
  readonly new: WatchedStore;
  readonly far: FarControl;
  readonly app: StorageBackend;
  readonly operator: Operator;
}

async function shadowed(): Promise<Scene> {
  const stores = { old: watchedStore("old"), new: watchedStore("new") };
  const given = { old: stores.old.backend, new: stores.new.backend, units: [unit] };
  const control = memoryControl();
  await control.open();
  const far = farControl(control);
  const operator = new Operator({ ...given, control, reverseWindowMs: 0 });
  await walk(operator, "shadow");
  const app = await cutoverBackend({ ...given, control: far.control });
  await app.collection(items).put("a", { n: 1 });
  await app.collection(items).get("a");
  return { ...stores, far, app, operator };
}

describe("reads where the control store is far away", () => {
  it("a read looks once, after its answer has come", async () => {
    const { far, app } = await shadowed();
    const before = far.looks;
    for (let time = 0; time < 10; time++)
      expect(await app.collection(items).get("a")).toEqual({ n: 1 });
    expect(far.looks - before).toBe(10);
    await app.close();
  });

  it("the first read after a switch is answered by the new store, whatever was known before", async () => {
    const { app, operator, old, new: successor } = await shadowed();
    await walk(operator, "live");
    await successor.backend.collection(items).put("a", { n: 2 });
    expect(await old.backend.collection(items).get("a")).toEqual({ n: 1 });
    expect(await app.collection(items).get("a")).toEqual({ n: 2 });
    await app.close();
  });

  it("a read that is under way while the unit is switched is answered by the new store", async () => {
    const { app, operator, old, new: successor } = await shadowed();
    const asked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    old.late = () => {
      old.late = undefined;
      asked.resolve();
      return goOn.promise;
    };
    const found = app.collection(items).get("a");
    await asked.promise;
    await walk(operator, "live");
    await successor.backend.collection(items).put("a", { n: 2 });
    goOn.resolve();
    expect(await found).toEqual({ n: 2 });
    await app.close();
  });

  it("a store that is in charge no more may fail: the one that is answers", async () => {
    const { app, operator, old } = await shadowed();
    await walk(operator, "live");
    old.late = () => Promise.reject(new Error("it is switched off"));
    expect(await app.collection(items).get("a")).toEqual({ n: 1 });
    old.late = undefined;
    await app.close();
  });

  it("a store that is in charge and fails is not asked again", async () => {
    const { app, old } = await shadowed();
    let asked = 0;
    old.late = () => {
      asked++;
      return Promise.reject(new Error("it is broken"));
    };
    await expect(app.collection(items).get("a")).rejects.toMatchObject({ code: "IO_FAILED" });
    expect(asked).toBe(1);
    old.late = undefined;
    await app.close();
  });
});
