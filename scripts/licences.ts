// Writes docs/licences.md: what an application gets with the packages, and under which licence.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { licencePage } from "./licence-page.ts";
import { runtimeClosure } from "./runtime-closure.ts";

const root = join(import.meta.dirname, "..");
writeFileSync(join(root, "docs/licences.md"), licencePage(runtimeClosure(root)));
