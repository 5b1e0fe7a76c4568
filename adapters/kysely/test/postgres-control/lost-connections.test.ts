import type { ControlStore } from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/postgres/engine.ts";
import { testedEngines } from "../postgres/tested-engines.ts";
import { TestControl } from "./open-control.ts";

const target = { collection: "c", key: "k" };
const write = { targets: [target], moved: [] };
const patient = { timeoutMs: 20_000 };

/** What must not happen under a lock that was lost. */
const fenced: Readonly<Record<string, (control: ControlStore) => Promise<unknown>>> = {
  mark: (control) => control.mark("u", [target]),
  markSettled: (control) => control.markSettled("u", [{ ...target, moved: false }]),
  settle: (control) => control.settle("u", { mark: 1, ...write }),
  settleOrphans: (control) => control.settleOrphans("u"),
  commit: (control) => control.commit([{ name: "r", revision: 0, value: 1 }], []),
};

describePostgres("a control store in Postgres whose connections are cut", () => {
  describe.each(testedEngines)("%s", (_, engine) => {
    cutWith(engine);
  });
});

/** What the connection that shares a lock has said last. */
const sharing = (engine: Engine): string =>
  engine.capabilities.advisoryLocks ? "%pg_try_advisory%" : "%FOR SHARE%";

function cutWith(engine: Engine): void {
  test("goes on with new ones", async () => {
    await using made = await TestControl.make(engine);
    const control = await made.open();
    const mark = await control.mark("u", [target]);
    await made.cut();
    expect(await control.generation()).toBe(1);
    expect(await control.records()).toEqual([]);
    expect(await control.count("u")).toMatchObject({ writing: 1 });
    await made.cut();
    await control.settle("u", { mark, ...write });
    await made.cut();
    (await control.lock("l", "shared", patient)).release();
    await made.cut();
    (await control.lock("l", "exclusive", patient)).release();
    await made.cut();
    await control.commit([{ name: "r", revision: 0, value: 1 }], []);
    await made.cut();
    await control.note("t", "k", 1);
    expect(await control.generation()).toBe(2);
    expect(await control.mark("u", [target])).toBeGreaterThan(mark);
  });

  test.each(["shared", "exclusive"] as const)(
    "while somebody still relies on a %s lock that was lost, nothing is marked, settled or committed",
    async (mode) => {
      await using made = await TestControl.make(engine);
      const [control, other] = [await made.open(), await made.open()];
      const held = await control.lock("writers", mode, patient);
      await made.cut();
      // It is another's by now.
      const taken = await other.lock("writers", "exclusive", patient);
      for (const call of Object.values(fenced)) {
        await expect(call(control)).rejects.toMatchObject({ code: "LOCK_LOST" });
      }
      expect(await other.count("u")).toMatchObject({ keys: 0 });
      expect(await other.records()).toEqual([]);
      held.release();
      for (const call of Object.values(fenced)) await call(control);
      expect(await other.records()).toMatchObject([{ name: "r", revision: 1 }]);
      taken.release();
    },
  );

  test("what is settled was written under its lock: else settle() rejects with LOCK_LOST", async () => {
    await using made = await TestControl.make(engine);
    const control = await made.open();
    const held = await control.lock("writers", "shared", patient);
    const mark = await control.mark("u", [target]);
    await made.cut(sharing(engine));
    const settled = control.settle("u", { mark, ...write });
    await expect(settled).rejects.toMatchObject({ code: "LOCK_LOST" });
    held.release();
    expect(await control.count("u")).toMatchObject({ writing: 1 });
  });

  test("a lock whose loss nobody relies on leaves the others held", async () => {
    await using made = await TestControl.make(engine);
    const [control, other] = [await made.open(), await made.open()];
    const shared = await control.lock("one", "shared", patient);
    const exclusive = await control.lock("two", "exclusive", patient);
    exclusive.release();
    await expect(other.lock("one", "exclusive", { timeoutMs: 0 })).rejects.toMatchObject({
      code: "LOCK_TIMEOUT",
    });
    await control.mark("u", [target]);
    shared.release();
    (await other.lock("one", "exclusive", patient)).release();
  });

  test("a call that is cut off rejects with CONNECTION_LOST, and no error goes unheard", async () => {
    await using made = await TestControl.make(engine);
    const control = await made.open();
    const { Client } = await import("pg");
    const blocker = new Client({ connectionString: made.database.url });
    blocker.on("error", () => {});
    await blocker.connect();
    await blocker.query("BEGIN; LOCK TABLE cutover_control.marks");
    const marked = control.mark("u", [target]);
    const ended = marked.catch((error: unknown) => error);
    for (;;) {
      const waiting = await made.database.query(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT%'",
      );
      if (waiting.length > 0) break;
    }
    await made.cut("%INSERT%");
    expect(await ended).toMatchObject({ code: "CONNECTION_LOST", retry: "yes" });
    await blocker.end();
    expect(await control.mark("u", [target])).toBeGreaterThan(0);
    expect(await control.count("u")).toMatchObject({ keys: 1 });
  });
}
