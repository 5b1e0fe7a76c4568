import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { memoryControl, type ControlStore } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { WriterSections } from "../../src/write/writer-sections.ts";
import { announcementLock, turnLock } from "../../src/write/writer-turns.ts";

const unit = "models";
const patient = { timeoutMs: 10_000, signal: undefined };

/** Two processes' writers, as far as the control store can tell. */
async function twoWriters(): Promise<{
  control: ControlStore;
  one: WriterSections;
  other: WriterSections;
  events: string[];
}> {
  const control = memoryControl();
  await control.open();
  const one = new WriterSections(control, unit);
  return { control, one, other: new WriterSections(control, unit), events: [] };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await turnOfTheLoop();
}

describe("writers of two processes", () => {
  it("write side by side while no change of stage is announced", async () => {
    const { one, other, events } = await twoWriters();
    const { leave: leaveOne } = await one.enter(patient);
    const { leave: leaveOther } = await other.enter(patient);
    events.push("both in");
    leaveOther();
    leaveOne();
    expect(events).toEqual(["both in"]);
  });

  it("write one after the other once a change is announced, and the change comes before the second", async () => {
    const { control, one, other, events } = await twoWriters();
    const notice = await control.lock(announcementLock(unit), "exclusive", patient);
    const { leave: leaveOne } = await one.enter(patient);
    const second = other.enter(patient).then(({ leave }) => {
      events.push("second writer");
      leave();
    });
    await settled();
    const change = control.lock(turnLock(unit), "exclusive", patient).then((turn) => {
      events.push("change");
      return turn;
    });
    await settled();
    expect(events).toEqual([]);
    leaveOne();
    const turn = await change;
    await settled();
    expect(events).toEqual(["change"]);
    turn.release();
    await second;
    expect(events).toEqual(["change", "second writer"]);
    notice.release();
  });

  it("are out of the way again when one of them is refused while it waits for its turn", async () => {
    const { control, one, other } = await twoWriters();
    const notice = await control.lock(announcementLock(unit), "exclusive", patient);
    const { leave: leaveOne } = await one.enter(patient);
    await expect(other.enter({ timeoutMs: 1, signal: undefined })).rejects.toMatchObject({
      code: "LOCK_TIMEOUT",
    });
    leaveOne();
    const { leave: leaveOther } = await other.enter(patient);
    leaveOther();
    const turn = await control.lock(turnLock(unit), "exclusive", { timeoutMs: 0 });
    turn.release();
    notice.release();
  });
});
