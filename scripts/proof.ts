// Runs all proofs of a cutover in their full form. CI runs the same tests in a short one.
import { spawnSync } from "node:child_process";

/** What is proved by whole projects of tests, and by the large models among the unit tests. */
const parts: readonly (readonly string[])[] = [
  ["--project", "unit", "test/protocol"],
  ["--project", "proof", ...process.argv.slice(2)],
];

const codes = parts.map((part) => {
  const { status } = spawnSync("vitest", ["run", ...part], {
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, CUTOVER_PROOF: "full" },
  });
  return status ?? 1;
});
process.exitCode = Math.max(...codes);
