import { join } from "node:path";
import Database from "better-sqlite3";
import { boundOf, contest, type Timing } from "../contest.ts";
import { operationsOf, shortRounds, type Effort } from "../effort.ts";
import { measureOf } from "../measure.ts";
import type { Row } from "../row.ts";
import { byHand } from "../stores/hand-sqlite.ts";
import { picker } from "../stores/models.ts";
import { rawDatabase, type ModelRow } from "../stores/raw-sqlite.ts";
import { sqliteStage, type SqliteStage } from "../stores/sqlite-stage.ts";

const byRepo = "SELECT * FROM models WHERE hf_repo = ?";

function findContest(
  stage: SqliteStage,
  analysed: Database.Database,
  effort: Effort,
): Promise<Timing[]> {
  const { collection, hand, raw, kysely, drizzle } = stage;
  const repoAt = picker(stage.entries.map(([, value]) => value.hf_repo));
  const rawFind = raw.prepare<[string], ModelRow>(byRepo);
  const analysedFind = analysed.prepare<[string], ModelRow>(byRepo);
  const handFind = hand.find();
  return contest(
    [
      {
        name: "better-sqlite3, prepared",
        asynchronous: false,
        operation: (index) => rawFind.all(repoAt(index)),
      },
      {
        name: "cutover",
        asynchronous: true,
        operation: (index) => collection.find({ where: { hf_repo: repoAt(index) } }),
      },
      boundOf(byHand, (index) => handFind(repoAt(index))),
      {
        name: "better-sqlite3, prepared, after ANALYZE",
        asynchronous: false,
        operation: (index) => analysedFind.all(repoAt(index)),
      },
      {
        name: "Kysely",
        asynchronous: true,
        operation: (index) =>
          kysely.selectFrom("models").selectAll().where("hf_repo", "=", repoAt(index)).execute(),
      },
      {
        name: "drizzle, prepared",
        asynchronous: false,
        operation: (index) => drizzle.byRepo(repoAt(index)),
      },
    ],
    { rounds: shortRounds(effort), operations: operationsOf(effort, 800) },
  );
}

/** Row 2: the records of one value of an indexed field. */
export const findRow: Row = {
  id: "2",
  title: "SQLite: find by an indexed field",
  async run({ folder, effort }) {
    const stage = await sqliteStage(folder, effort.records);
    try {
      const analysed = rawDatabase(join(folder, "analysed.db"), stage.entries);
      analysed.exec("ANALYZE");
      try {
        const target = { atLeast: 0.9 };
        const before = await findContest(stage, analysed, effort);
        // Somebody else's maintenance of our file: the plan of a cached statement must survive it.
        const visitor = new Database(stage.oursPath);
        visitor.exec("ANALYZE");
        visitor.close();
        const after = await findContest(stage, analysed, effort);
        return [
          measureOf(before, { row: "2", what: "find by an indexed field", target }),
          measureOf(after, { row: "2", what: "the same, our file after ANALYZE", target }),
        ];
      } finally {
        analysed.close();
      }
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  },
};
