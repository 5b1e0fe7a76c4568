// Titles and bodies are those of the tests that use it.
/* oxlint-disable vitest/valid-title, vitest/valid-describe-callback, vitest/no-conditional-tests, vitest/no-disabled-tests */
import { describe } from "vitest";
import { postgresMissing } from "../server/binaries.ts";

/**
 * `describe` for tests that need a Postgres. Where there is none they are skipped, loudly: the run
 * says which tests did not take place, and why. With `CI` set they run, and fail.
 */
export function describePostgres(title: string, body: () => void): void {
  const missing = postgresMissing();
  if (missing === undefined || process.env["CI"] !== undefined) {
    describe(title, body);
    return;
  }
  process.stderr.write(`NOT TESTED: ${title}: ${missing}\n`);
  describe.skip(`${title} (NOT TESTED: ${missing})`, body);
}
