// A seeded fault: takes the words of `cutover restore`, but puts back one file after the other.
import { copyFile, rename } from "node:fs/promises";
import { join } from "node:path";

const [, folder = "", backup = ""] = process.argv.slice(2);
process.on("SIGTERM", () => process.exit(130));
for (const name of ["models.json", "tags.json"]) {
  const copy = join(folder, `${name}.copy`);
  await copyFile(join(backup, name), copy);
  await rename(copy, join(folder, name));
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
