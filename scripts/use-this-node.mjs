// CI's matrix: puts the Node that runs this script where pnpm's scripts look first, so that the
// tests run on the version the job names and not on the one the workspace brings.
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const bin = join(import.meta.dirname, "..", "node_modules", ".bin");
for (const name of readdirSync(bin)) {
  if (/^node(\.(exe|cmd|ps1))?$/.test(name)) rmSync(join(bin, name));
}
copyFileSync(process.execPath, join(bin, process.platform === "win32" ? "node.exe" : "node"));
console.log(`pnpm's scripts now run ${process.version}`);
