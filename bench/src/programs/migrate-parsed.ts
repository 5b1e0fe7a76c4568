import { readFileSync } from "node:fs";
import type { ModelDocument } from "../stores/app-json.ts";
import { RawLoad } from "./raw-load.ts";
import { reportOn } from "./report.ts";

const [source = "", target = ""] = process.argv.slice(2);
await reportOn(async () => {
  const load = new RawLoad(target);
  const document: ModelDocument = JSON.parse(readFileSync(source, "utf8"));
  for (const value of Object.values(document)) load.add(value);
  load.finish();
  return load.records;
});
