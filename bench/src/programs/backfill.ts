import { modelsUnit, openHop } from "../hop/hop-stage.ts";
import { reportOn } from "./report.ts";

// What is measured is the copy: the unit is started before, as an operator does.
const [folder = "", recordsPerSecond = ""] = process.argv.slice(2);
const hop = await openHop(folder);
await hop.operator.start(modelsUnit);
try {
  await reportOn(async () => {
    let taken = 0;
    await hop.operator.backfill(modelsUnit, {
      recordsPerSecond: recordsPerSecond === "" ? undefined : Number(recordsPerSecond),
      onProgress: ({ done }) => (taken = done),
    });
    return taken;
  });
} finally {
  await hop[Symbol.asyncDispose]();
}
