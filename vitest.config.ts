import { defineConfig } from "vitest/config";

const conditions = ["@cutover/source", "module", "node", "development|production"];

/** One project per kind of test; `pnpm test` gives each a time budget of its own. */
const project = (name: string, include: string[], exclude: string[], testTimeout: number) => ({
  extends: true as const,
  ssr: { resolve: { conditions, externalConditions: ["@cutover/source"] } },
  test: {
    name,
    include,
    exclude: ["**/node_modules/**", "**/dist/**", ...exclude],
    testTimeout,
    hookTimeout: 60_000,
    env: { NODE_OPTIONS: "--conditions=@cutover/source" },
  },
});

export default defineConfig({
  test: {
    pool: "forks",
    // Servers are shared by runs that overlap, and looked for where they always are: they come first.
    globalSetup: ["./test-postgres/src/vitest/global-setup.ts", "./test/setup/temporary-folder.ts"],
    execArgv: ["--expose-gc", "--conditions=@cutover/source"],
    projects: [
      project(
        "unit",
        ["**/*.test.ts"],
        ["**/*.contract.test.ts", "**/*.crash.test.ts", "**/*.proof.test.ts", "**/*.chaos.test.ts"],
        30_000,
      ),
      project("contract", ["**/*.contract.test.ts"], [], 120_000),
      project("chaos", ["**/*.chaos.test.ts"], [], 3_600_000),
      project("crash", ["**/*.crash.test.ts"], [], 600_000),
      project("proof", ["**/*.proof.test.ts"], [], 3_600_000),
    ],
  },
});
