import { Operator } from "@cutover/engine";
import { expect, it } from "vitest";
import { toShadow } from "../bypass/json-and-sqlite.ts";
import { filled, notes } from "./scene.ts";

it("a switch that waited while another one was made overwrites nothing that was acknowledged since", async () => {
  await using hop = await filled();
  await toShadow(hop);
  await hop.drained();
  const { json, sqlite, control, unit, operator, storage } = hop;
  const options = { force: true, reason: "two at once" };
  const turn = await control.lock(`drain:${unit.name}`, "exclusive", { timeoutMs: 1000 });
  // Both have found the unit at shadow, and wait for the same lock.
  const other = new Operator({ old: json, new: sqlite, control, units: [unit] });
  const both = [operator.switch(unit, options), other.switch(unit, options)].map((change) =>
    change.then(
      () => "made",
      (error: unknown) => error,
    ),
  );
  turn.release();
  await Promise.race(both);
  await storage.collection(notes).put("since", { title: "acknowledged", size: 1 });
  const outcomes = await Promise.all(both);
  expect(outcomes.filter((outcome) => outcome === "made")).toHaveLength(1);
  expect(outcomes.find((outcome) => outcome !== "made")).toMatchObject({ code: "STAGE_REFUSED" });
  expect(await storage.collection(notes).get("since")).toEqual({ title: "acknowledged", size: 1 });
});
