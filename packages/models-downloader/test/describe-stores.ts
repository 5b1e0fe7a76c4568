// Titles and bodies are those of the tests that use it.
/* oxlint-disable vitest/valid-title, vitest/valid-describe-callback */
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, describe } from "vitest";
import { dropDatabase } from "./postgres-schema.ts";

/**
 * `describe.each` for tests of stores: once for each place the stores can be in. Where this machine
 * has no Postgres, what is to run there is skipped loudly.
 * @param title - `%s` is the place
 */
export function describeStores<P extends string>(
  places: readonly P[],
  title: string,
  body: (place: P) => void,
): void {
  for (const place of places) {
    const describePlace = place === "postgres" ? describePostgres : describe;
    describePlace(title.replace("%s", place), () => {
      afterAll(dropDatabase);
      body(place);
    });
  }
}
