import { linesOfRecords } from "./lines-of-records.ts";
import { RawLoad } from "./raw-load.ts";
import { reportOn } from "./report.ts";

const [source = "", target = ""] = process.argv.slice(2);
await reportOn(async () => {
  const load = new RawLoad(target);
  for await (const value of linesOfRecords(source)) load.add(value);
  load.finish();
  return load.records;
});
