import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configurations, largeConfigurations } from "./configurations.ts";
import { configurationRow, invariantTable, weakeningRow } from "./protocol-page.ts";
import { explore } from "./search.ts";
import { printed } from "./trace.ts";
import { weakenings } from "./weakenings.ts";

/** The large configurations take minutes: `CUTOVER_PROOF=1 vitest run test/protocol`. */
const proving = process.env["CUTOVER_PROOF"] !== undefined;
const page = readFileSync(join(import.meta.dirname, "../../docs/protocol.md"), "utf8");
const chosen = proving ? [...configurations, ...largeConfigurations] : configurations;

describe("the protocol", () => {
  test.each(chosen)(
    "no state of $name breaks an invariant, and as many were explored as docs/protocol.md says",
    (configuration) => {
      const found = explore({ configuration });
      const { violation } = found;
      const told = violation === undefined ? "" : `${violation.law}\n${printed(violation.trace)}`;
      expect(told).toBe("");
      console.log(`${configuration.name}: ${found.states} states, ${found.steps} steps`);
      expect(page).toContain(configurationRow(configuration, found));
    },
    600_000,
  );

  test("docs/protocol.md lists the invariants", () => {
    expect(page).toContain(invariantTable());
  });
});

describe("a weakened protocol", () => {
  test.each(weakenings)(
    "$weakening: a way is found that breaks “$breaks”, as docs/protocol.md says",
    ({ weakening, configuration: name, breaks }) => {
      const configuration = configurations.find((known) => known.name === name);
      if (configuration === undefined) throw new Error(`There is no configuration "${name}"`);
      const found = explore({ configuration, weakening });
      expect(found.violation?.law).toBe(breaks);
      expect(page).toContain(weakeningRow(weakening, found));
    },
  );
});
