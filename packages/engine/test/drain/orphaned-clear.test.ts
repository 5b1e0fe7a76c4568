import { defineCollection, memoryBackend, memoryControl, type ControlStore } from "@cutover/core";
import { Operator, type Unit } from "@cutover/engine";
import { describe, expect, it } from "vitest";
import { assertEqualStores } from "./equal-stores.ts";

const collection = defineCollection({ name: "seats" });
const unit: Unit = { name: "team/seats", collections: [collection] };

/** As a process leaves it that is killed while it clears the collection. */
async function dieWhileClearing(control: ControlStore): Promise<void> {
  await control.mark(unit.name, [{ collection: collection.name, key: undefined }]);
}

describe("after a process died while it cleared a collection, and with nobody else running", () => {
  it("a backfill comes to its end, and a switch is not refused", async () => {
    const old = memoryBackend();
    const successor = memoryBackend();
    const control = memoryControl();
    await control.open();
    const operator = new Operator({ old, new: successor, control, units: [unit] });
    await old.collection(collection).put("a", 1);
    await operator.start(unit);
    await dieWhileClearing(control);
    await operator.backfill(unit, { signal: AbortSignal.timeout(5000) });
    await assertEqualStores(old, successor, [collection]);

    await operator.advance(unit);
    await old.collection(collection).clear();
    await dieWhileClearing(control);
    await operator.switch(unit, { force: true, reason: "the test compares" });
    await assertEqualStores(old, successor, [collection]);
    expect(await operator.status(unit)).toMatchObject({ dirty: 0, uncopied: [] });
  });
});
