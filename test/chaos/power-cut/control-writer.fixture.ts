// Waits for `go`, then writes to the control store of a folder for ever and says on standard output,
// after each call resolved, what is durable by then. argv: `control`, or `early` for one that speaks
// when it has only begun; folder; name
import { writeSync } from "node:fs";
import { openControl, recordName, unit } from "./control-target.ts";

const [manners = "", folder = "", name = ""] = process.argv.slice(2);
await new Promise((resolve) => process.stdin.once("data", resolve));

async function acknowledged(what: string, work: Promise<unknown>): Promise<void> {
  const tell = (): void => void writeSync(1, `0 ${what} ${process.hrtime.bigint()}\n`);
  if (manners === "early") tell();
  await work;
  if (manners !== "early") tell();
}

const control = await openControl(folder);
await acknowledged("open -", Promise.resolve());
for (let step = 0; ; step += 1) {
  const [written, found] = [`w${name}-${step}`, `f${name}-${step}`];
  await acknowledged(`mark ${written}`, control.mark(unit, [{ collection: "c", key: written }]));
  const settled = [{ collection: "c", key: found, moved: false }];
  await acknowledged(`mark ${found}`, control.markSettled(unit, settled));
  const records = await control.records();
  const { revision = 0, value = 0 } = records.find((own) => own.name === recordName) ?? {};
  const total = Number(value) + 1;
  const row = { at: new Date().toISOString(), action: "verify", unit, actor: name, details: total };
  const change = { name: recordName, revision, value: total };
  await acknowledged(`total ${total}`, control.commit([change], [row]));
}
