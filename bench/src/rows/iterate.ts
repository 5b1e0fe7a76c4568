import { boundOf, contest } from "../contest.ts";
import { measureOf } from "../measure.ts";
import type { Row } from "../row.ts";
import { databasePeers } from "../stores/all-kinds.ts";
import { byHand } from "../stores/hand-sqlite.ts";
import type { ModelRow } from "../stores/raw-sqlite.ts";
import { sqliteStage, type SqliteStage } from "../stores/sqlite-stage.ts";

const pageRecords = 100;

function rawRows({ raw }: SqliteStage): () => number {
  const all = raw.prepare<[], ModelRow>("SELECT * FROM models ORDER BY rowid");
  return () => {
    let count = 0;
    for (const row of all.iterate()) count += row.filename.length > 0 ? 1 : 0;
    return count;
  };
}

function rawPages({ raw }: SqliteStage): () => number {
  const page = raw.prepare<[string], ModelRow>(
    `SELECT * FROM models WHERE filename > ? ORDER BY filename LIMIT ${pageRecords}`,
  );
  return () => {
    let count = 0;
    for (let last = ""; ;) {
      const rows = page.all(last);
      count += rows.length;
      const end = rows.at(-1);
      if (end === undefined || rows.length < pageRecords) return count;
      last = end.filename;
    }
  };
}

function handPages({ hand }: SqliteStage): () => Promise<number> {
  const page = hand.page(pageRecords);
  return async () => {
    let count = 0;
    for (let last = ""; ;) {
      const entries = await page(last);
      count += entries.length;
      const end = entries.at(-1);
      if (end === undefined || entries.length < pageRecords) return count;
      last = end.key;
    }
  };
}

async function ourRows({ collection }: SqliteStage): Promise<number> {
  let count = 0;
  for await (const { key } of collection.iterate()) count += key.length > 0 ? 1 : 0;
  return count;
}

async function ourPages({ collection }: SqliteStage): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await collection.page({
      limit: pageRecords,
      ...(cursor === undefined ? {} : { cursor }),
    });
    count += page.entries.length;
    cursor = page.next;
  } while (cursor !== undefined);
  return count;
}

/** Row 11: all records, as a stream and page by page. */
export const iterateRow: Row = {
  id: "11",
  title: "SQLite: iteration",
  async run({ folder, effort }) {
    const stage = await sqliteStage(folder, effort.records, databasePeers);
    try {
      const rows = rawRows(stage);
      const pages = rawPages(stage);
      const options = { rounds: effort.rounds, operations: 1 };
      const paged = await contest(
        [
          { name: "better-sqlite3, keyset pages", asynchronous: false, operation: pages },
          { name: "cutover", asynchronous: true, operation: () => ourPages(stage) },
          boundOf(byHand, handPages(stage)),
        ],
        options,
      );
      const streamed = await contest(
        [
          { name: "better-sqlite3, iterate()", asynchronous: false, operation: rows },
          { name: "cutover", asynchronous: true, operation: () => ourRows(stage) },
          ...stage.peers.peers.flatMap(({ name, store: { count } }) =>
            count === undefined ? [] : { name, asynchronous: true, operation: count },
          ),
        ],
        options,
      );
      const unit = "ms";
      return [
        measureOf(paged, {
          row: "11",
          what: "all records, pages of 100",
          unit,
          target: { atLeast: 0.95 },
        }),
        measureOf(streamed, {
          row: "11",
          what: "all records, iterate()",
          unit,
          target: { atLeast: 0.8 },
        }),
      ];
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  },
};
