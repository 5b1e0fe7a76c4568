import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package. */
export function benchFolder(): string {
  return fileURLToPath(new URL("../", import.meta.url));
}

/** Whether the packages are there as an application gets them, not only as sources. */
export function isBuilt(): boolean {
  return ["core", "fixtures", "json", "kysely"].every((name) =>
    existsSync(join(benchFolder(), "node_modules/@cutover", name, "dist/index.js")),
  );
}

/** With what Node loads our packages: as they are built, or their sources if they are not. */
export function conditionsOfBuilt(): string[] {
  return isBuilt() ? [] : ["--conditions=@cutover/source"];
}
