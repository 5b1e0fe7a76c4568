import { replicaOf } from "@cutover/core";
import { openHop, modelsUnit } from "../hop/hop-stage.ts";
import { models } from "../stores/models.ts";
import { reportOn } from "./report.ts";

// A process of its own has read nothing before, as `cutover verify` has not.
const [what = "", folder = ""] = process.argv.slice(2);
const hop = await openHop(folder);
try {
  await reportOn(async () => {
    if (what === "verify") return (await hop.operator.verify(modelsUnit)).same;
    let records = 0;
    for (const side of [hop.json, hop.sqlite]) {
      for await (const batch of replicaOf(side).oldestFirst(models)) records += batch.length;
    }
    return records / 2;
  });
} finally {
  await hop[Symbol.asyncDispose]();
}
