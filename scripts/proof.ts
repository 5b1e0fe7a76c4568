// Runs all proofs of a cutover in their full form. CI runs the same tests in a short one.
import { spawnSync } from "node:child_process";

/** Paths of proofs, where not all of them are wanted. */
const wanted = process.argv.slice(2);
/** The large models of the protocol, and the changes that a comparison has to find, are unit tests. */
const models: readonly string[] = [
  "--project",
  "unit",
  "test/protocol",
  "packages/engine/test/verify/mutations.test.ts",
];
const proofs: readonly string[] = ["--project", "proof", ...wanted];
const parts = wanted.length === 0 ? [models, proofs] : [proofs];

const codes = parts.map((part) => {
  const { status } = spawnSync("vitest", ["run", ...part], {
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { CUTOVER_MUTATIONS: "10000", ...process.env, CUTOVER_PROOF: "full" },
  });
  return status ?? 1;
});
process.exitCode = Math.max(...codes);
