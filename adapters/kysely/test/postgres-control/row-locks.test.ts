import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ControlLock, ControlStore } from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, test } from "vitest";
import { sharedEngine } from "../postgres/tested-engines.ts";
import { TestControl } from "./open-control.ts";

const patient = { timeoutMs: 20_000 };
const change = [{ name: "r", revision: 0, value: 1 }];

/** Resolves when so many are known to wait for exclusive locks. */
async function waiting(made: TestControl, count: number): Promise<void> {
  const look = "SELECT count(*)::int AS n FROM cutover_control.freezing";
  for (;;) {
    const [row] = await made.database.query(look);
    if (row?.["n"] === count) return;
  }
}

describePostgres("locks by rows", () => {
  test("are given in order to those who wait for them alone, and leave nothing behind", async () => {
    await using made = await TestControl.make(sharedEngine);
    const controls = await Promise.all([0, 1, 2, 3].map(() => made.open()));
    const [first, ...others] = controls;
    const held = await first?.lock("l", "shared", patient);
    const order: number[] = [];
    const waits: Promise<void>[] = [];
    const wait = async (control: ControlStore, number: number): Promise<void> => {
      const lock: ControlLock = await control.lock("l", "exclusive", patient);
      order.push(number);
      lock.release();
    };
    for (const [number, control] of others.entries()) {
      waits.push(wait(control, number));
      await waiting(made, number + 1);
    }
    await expect(first?.lock("l", "shared", { timeoutMs: 0 })).rejects.toMatchObject({
      code: "LOCK_TIMEOUT",
    });
    held?.release();
    await Promise.all(waits);
    expect(order).toEqual([0, 1, 2]);
    await waiting(made, 0);
    // What was let go of last is free when the server has heard of it.
    (await first?.lock("l", "shared", patient))?.release();
  });

  test.each(["shared", "exclusive"] as const)(
    "that are another's by now, %s, let nothing be committed under them",
    async (mode) => {
      await using made = await TestControl.make(sharedEngine);
      const [control, other] = [await made.open(), await made.open()];
      const held = await control.lock("l", "exclusive", patient);
      const kept = await control.lock("kept", "exclusive", patient);
      await control.commit(change, []);
      // It is taken from its holder unnoticed, as behind a network that is gone: what it wrote down
      // goes with a lock that is free.
      const renamed = await made.database.query(
        "UPDATE cutover_control.lock_holders SET name = 'free' WHERE name = 'l' RETURNING holder",
      );
      expect(renamed).toEqual([{ holder: expect.any(String) }]);
      const taken = await other.lock("free", mode, patient);
      const again = [{ name: "r", revision: 1, value: 2 }];
      await expect(control.commit(again, [])).rejects.toMatchObject({ code: "LOCK_LOST" });
      expect(await other.records()).toMatchObject([{ name: "r", revision: 1 }]);
      held.release();
      await control.commit(again, []);
      kept.release();
      taken.release();
    },
  );

  test("that are shared no more, as nobody here has heard yet, let nothing be settled under them", async () => {
    await using made = await TestControl.make(sharedEngine);
    const control = await made.open();
    const held = await control.lock("l", "shared", patient);
    const target = { collection: "c", key: "k" };
    const mark = await control.mark("u", [target]);
    // This process hears of nothing while it waits for the other one.
    const program = fileURLToPath(new URL("./cut.fixture.ts", import.meta.url));
    const { status } = spawnSync(process.execPath, [program, made.database.url, "%FOR SHARE%"]);
    expect(status).toBe(0);
    const settled = control.settle("u", { mark, targets: [target], moved: [] });
    await expect(settled).rejects.toMatchObject({ code: "LOCK_LOST" });
    held.release();
    expect(await control.count("u")).toMatchObject({ writing: 1 });
  });
});
