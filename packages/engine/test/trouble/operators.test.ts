import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { assertEqualStores } from "../drain/equal-stores.ts";
import { filled, keysOf, notes } from "./scene.ts";

const program = fileURLToPath(new URL("operators.fixture.ts", import.meta.url));

async function said(child: ChildProcess): Promise<unknown> {
  const [message]: unknown[] = await once(child, "message");
  return message;
}

async function operatorProcess(folder: string): Promise<ChildProcess> {
  const child = fork(program, [folder], { execArgv: ["--conditions=@cutover/source"] });
  expect(await said(child)).toBe("ready");
  return child;
}

it("of two processes that change a unit at once one does, the other is refused, and the log shows one", async () => {
  await using hop = await filled();
  const both = await Promise.all([operatorProcess(hop.folder), operatorProcess(hop.folder)]);
  const steps = ["start", "advance", "switch", "reverse", "switch", "reverse", "cancel", "start"];
  let epoch = 0;
  for (const step of steps) {
    const outcomes = both.map((child) => said(child));
    for (const child of both) child.send(step);
    const sorted = (await Promise.all(outcomes)).map(String).toSorted();
    expect(sorted[1]).toBe("done");
    expect(["STAGE_REFUSED", "LOCK_TIMEOUT", "VERSION_CONFLICT"]).toContain(sorted[0]);
    epoch++;
    expect((await hop.operator.record(hop.unit)).epoch).toBe(epoch);
    const entries = (await hop.control.audit(100)).filter(({ action }) => action === step);
    expect(entries).toHaveLength(steps.slice(0, epoch).filter((own) => own === step).length);
    await hop.storage.collection(notes).put(`n${epoch}`, { title: step, size: epoch });
    if (step === "start") await hop.operator.backfill(hop.unit);
  }
  for (const child of both) child.disconnect();
  await hop.drained();
  expect(await keysOf(hop.storage)).toHaveLength(3 + steps.length);
  await assertEqualStores(hop.json, hop.sqlite, [notes]);
});
