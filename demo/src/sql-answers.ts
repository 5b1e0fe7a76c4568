import Database from "better-sqlite3";

interface Question {
  readonly asks: string;
  readonly sql: string;
}

/** What nobody could ask of eight JSON files without a program. */
const questions: readonly Question[] = [
  {
    asks: "Which sources do the models come from?",
    sql: "SELECT source, count(*) AS models FROM model_metadata GROUP BY source ORDER BY models DESC LIMIT 3",
  },
  {
    asks: "How many downloads a day, and how many failed?",
    sql: "SELECT substr(timestamp, 1, 10) AS day, count(*) AS downloads, sum(status = 'error') AS failed FROM download_history GROUP BY day ORDER BY day DESC LIMIT 3",
  },
];

/** A question, its SQL and what the database answers. */
export interface SqlAnswer extends Question {
  readonly rows: readonly string[];
  readonly milliseconds: number;
}

const shown = (value: string | number | null): string => (value === null ? "–" : String(value));

/** Asks a database, as any other program could: with plain SQL and nothing of this project. */
export function sqlAnswers(path: string): SqlAnswer[] {
  const database = new Database(path, { readonly: true });
  try {
    const tables = new Set(
      database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all(),
    );
    const answerable = questions.filter(({ sql }) =>
      Array.from(sql.matchAll(/(?:FROM|JOIN) (\w+)/g)).every(([, table]) => tables.has(table)),
    );
    return answerable.map((question) => {
      const began = performance.now();
      const rows = database.prepare<[], Record<string, string | number | null>>(question.sql).all();
      const milliseconds = performance.now() - began;
      return {
        ...question,
        milliseconds,
        rows: rows.map((row) => Object.values(row).map(shown).join("  ")),
      };
    });
  } finally {
    database.close();
  }
}
