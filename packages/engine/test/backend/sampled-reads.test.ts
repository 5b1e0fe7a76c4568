import type { ControlStore } from "@cutover/core";
import { shadowCountsOf, type Stage } from "@cutover/engine";
import { expect, it } from "vitest";
import { lateControl } from "./late-control.ts";
import { items, TwoStores, unit, walk } from "./two-stores.ts";

const controls = [
  ["at once", (control: ControlStore): ControlStore => control],
  ["later", lateControl],
] as const;
const everyRead = { rate: 1, share: 1 };

it.each(
  controls.flatMap(([name, make]) =>
    (["shadow", "live"] as const satisfies readonly Stage[]).map(
      (stage) => [name, stage, make] as const,
    ),
  ),
)(
  "with a control store that answers %s, every kind of read is compared at %s",
  async (_name, stage, make) => {
    await using hop = await TwoStores.make();
    const operator = await hop.operator();
    const app = await hop.app({ control: make(await hop.control()), shadow: everyRead });
    await app.collection(items).put("a", { n: 1 });
    await walk(operator, stage);
    await hop.drained();
    await app.collection(items).get("a");
    await app.collection(items).getMany(["a", "b"]);
    await app.collection(items).find();
    await app.collection(items).count();
    await app.collection(items).aggregate({ sum: ["n"] });
    // Whatever was sampled is counted, compared or not, when the application ends.
    await app.close();
    const { epoch } = await operator.record(unit);
    const counts = await shadowCountsOf(await hop.control(), unit.name, epoch);
    expect(counts.same + counts.dropped).toBe(5);
    expect(counts.errors + counts.different).toBe(0);
  },
);

it("with a control store that answers later, a unit whose reads differ is taken a step back", async () => {
  await using hop = await TwoStores.make();
  const operator = await hop.operator();
  const app = await hop.app({
    control: lateControl(await hop.control()),
    shadow: everyRead,
    automaticReverse: { thresholds: { mismatches: 1 } },
  });
  await app.collection(items).put("a", { n: 1 });
  await walk(operator, "shadow");
  await hop.drained();
  await hop.new.backend.collection(items).put("a", { n: 2 });
  expect(await app.collection(items).get("a")).toEqual({ n: 1 });
  await expect.poll(async () => (await operator.record(unit)).stage).toBe("dualwrite");
});
