import { linesOfRecords } from "./lines-of-records.ts";
import { reportOn } from "./report.ts";

const [source = ""] = process.argv.slice(2);
await reportOn(async () => {
  let records = 0;
  for await (const value of linesOfRecords(source)) records += value.filename === "" ? 0 : 1;
  return records;
});
