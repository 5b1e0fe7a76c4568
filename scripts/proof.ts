// Runs all proofs of a cutover in their full form. CI runs the same tests in a short one.
import { spawnSync } from "node:child_process";

const { status } = spawnSync("vitest", ["run", "--project", "proof", ...process.argv.slice(2)], {
  stdio: "inherit",
  shell: process.platform === "win32",
  env: { ...process.env, CUTOVER_PROOF: "full" },
});
process.exitCode = status ?? 1;
