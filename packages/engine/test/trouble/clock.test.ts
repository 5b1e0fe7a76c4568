import { join } from "node:path";
import { sqliteControl } from "@cutover/kysely/control";
import { expect, it } from "vitest";
import { toShadow } from "../bypass/json-and-sqlite.ts";
import { assertEqualStores } from "../drain/equal-stores.ts";
import { filled, keysOf, notes, type Scene } from "./scene.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A scene whose processes and operators share a clock that can be set. */
async function withClock(): Promise<{ hop: Scene; move: (ms: number) => void }> {
  let nowMs = Date.parse("2026-03-01T12:00:00.000Z");
  const clock = (): number => nowMs;
  const operator = { clock, freshMs: hourMs, reverseWindowMs: 7 * dayMs };
  const hop = await filled({ backend: { clock }, operator });
  return { hop, move: (ms) => void (nowMs += ms) };
}

it("a verification is fresh for its hour, neither longer nor before the clock that took it", async () => {
  const { hop, move } = await withClock();
  await using _closed = hop;
  await toShadow(hop);
  await hop.operator.verify(hop.unit);
  const stale = { code: "STAGE_REFUSED", message: expect.stringContaining("not fresh any more") };
  move(hourMs + 1);
  await expect(hop.operator.switch(hop.unit)).rejects.toMatchObject(stale);
  move(-2 * hourMs);
  await expect(hop.operator.switch(hop.unit)).rejects.toMatchObject(stale);
  expect((await hop.operator.record(hop.unit)).stage).toBe("shadow");
  move(hourMs);
  await hop.operator.switch(hop.unit);
  expect((await hop.operator.record(hop.unit)).stage).toBe("live");
});

it("a clock that goes back keeps the reverse window open, and one that goes forward loses nothing", async () => {
  const { hop, move } = await withClock();
  await using _closed = hop;
  await toShadow(hop);
  await hop.operator.verify(hop.unit);
  await hop.operator.switch(hop.unit);
  await hop.operator.rampDown(hop.unit);
  const open = { code: "STAGE_REFUSED", message: expect.stringContaining("reverse window") };
  await expect(hop.operator.complete(hop.unit)).rejects.toMatchObject(open);
  move(-365 * dayMs);
  await expect(hop.operator.complete(hop.unit)).rejects.toMatchObject(open);
  await hop.storage.collection(notes).put("d", { title: "d", size: 4 });
  move(20 * 365 * dayMs);
  await hop.storage.collection(notes).put("e", { title: "e", size: 5 });
  await hop.operator.reverse(hop.unit);
  expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "d", "e"]);
  await hop.drained();
  await assertEqualStores(hop.json, hop.sqlite, [notes]);
});

it("writes before and after a clock that jumps are mirrored in their order", async () => {
  const { hop, move } = await withClock();
  await using _closed = hop;
  await toShadow(hop);
  const collection = hop.storage.collection(notes);
  for (const [index, ms] of [dayMs, -3 * dayMs, 40 * 365 * dayMs, -80 * 365 * dayMs].entries()) {
    await collection.put(`n${index}`, { title: "new", size: index });
    await collection.delete(["a", "b", "c", "n0"][index] ?? "");
    move(ms);
  }
  await hop.drained();
  await assertEqualStores(hop.json, hop.sqlite, [notes]);
  expect(await keysOf(hop.storage)).toEqual(["n1", "n2", "n3"]);
});

it("what a writer left who died before the clock was put back is settled all the same", async () => {
  await using hop = await filled();
  await toShadow(hop);
  await hop.drained();
  // It marked a day ahead of the present, wrote, and died.
  const path = join(hop.folder, ".cutover", "control.db");
  const ahead = sqliteControl({ path, clock: () => Date.now() + dayMs });
  await ahead.open();
  await ahead.mark(hop.unit.name, [{ collection: "notes", key: "b" }]);
  await hop.json.collection(notes).put("b", { title: "by the dead", size: 9 });
  await ahead.close();
  // Any write tells this process that there is something to drain.
  await hop.storage.collection(notes).put("c", { title: "c", size: 2 });
  await hop.drained();
  expect(await hop.sqlite.collection(notes).get("b")).toEqual({ title: "by the dead", size: 9 });
  await assertEqualStores(hop.json, hop.sqlite, [notes]);
});
