// Titles and assertions are the clauses' own.
/* oxlint-disable vitest/valid-title, vitest/expect-expect */
import { runClause, topics } from "@cutover/contract-tests";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { describe, it } from "vitest";
import { subjectAt } from "./subject.fixture.ts";
import { withDatabase } from "./with-database.ts";

/** What writes, and who sees it when; the proofs have all of it, at every stage. */
const chosen = new Set(["writes", "update", "transactions"]);
const subjects = [
  subjectAt("json → postgres", "dualwrite"),
  subjectAt("sqlite → postgres", "live"),
];

describePostgres("a hop to Postgres, decided about in Postgres", () => {
  withDatabase();

  describe.each(subjects)("the contract of what writes: $name", (subject) => {
    const clauses = topics.filter(({ name }) => chosen.has(name)).flatMap((topic) => topic.clauses);
    for (const clause of clauses.filter(({ heavy }) => heavy !== true))
      it(clause.title, () => runClause(clause, subject, { scale: 0.1 }));
  });
});
