// Titles and assertions are the clauses' own.
/* oxlint-disable vitest/valid-title, vitest/expect-expect */
import { describe, it } from "vitest";
import { closing } from "./clauses/closing.ts";
import { lockEndings } from "./clauses/lock-endings.ts";
import { locks } from "./clauses/locks.ts";
import { markWriters } from "./clauses/mark-writers.ts";
import { marks } from "./clauses/marks.ts";
import { notes } from "./clauses/notes.ts";
import { records } from "./clauses/records.ts";
import type { ControlClause, ControlSubject } from "./control-clause.ts";
import { runControlClause } from "./run-control-clause.ts";

/** The whole contract of a control store. */
export const controlClauses: readonly ControlClause[] = [
  ...records,
  ...marks,
  ...markWriters,
  ...locks,
  ...lockEndings,
  ...notes,
  ...closing,
];

/**
 * Registers the contract of control stores as vitest tests. What only several processes can show,
 * and what a killed one leaves behind, is for the tests of each store.
 */
export function controlContract(subject: ControlSubject): void {
  describe(`control store: ${subject.name}`, () => {
    for (const clause of controlClauses) it(clause.title, () => runControlClause(clause, subject));
  });
}
