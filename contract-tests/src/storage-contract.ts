// Titles and assertions are the clauses' own.
/* oxlint-disable vitest/valid-title, vitest/expect-expect */
import { describe, it } from "vitest";
import { runClause, type RunOptions } from "./run-clause.ts";
import type { ContractSubject } from "./subject.ts";
import { topics } from "./topics.ts";

/**
 * Registers the whole contract as vitest tests of one adapter. Every clause gets a fresh store; a
 * capability that is off is tested for being off. Nothing is skipped.
 *
 * @example
 * storageContract({ name: "mine", open: async (location, options) => myBackend(location, options) });
 */
export function storageContract(subject: ContractSubject, options: RunOptions = {}): void {
  describe(`storage contract: ${subject.name}`, () => {
    for (const topic of topics) {
      describe(topic.name, () => {
        for (const clause of topic.clauses)
          it(clause.title, () => runClause(clause, subject, options));
      });
    }
  });
}
