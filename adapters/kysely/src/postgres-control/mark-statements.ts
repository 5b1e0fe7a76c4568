import { statement, type Statement } from "../sql/statement.ts";

/** The statements on the marks of one control store. */
export interface MarkStatements {
  readonly mark: Statement;
  readonly settle: Statement;
  readonly clear: Statement;
  readonly orphans: Statement;
  readonly list: Statement;
  readonly tally: Statement;
  readonly wholes: Statement;
}

const place = "unit, collection, whole, key";
const samePlace = ["unit", "collection", "whole", "key"]
  .map((column) => `k.${column} = l.${column}`)
  .join(" AND ");

/**
 * Whoever changes several marks locks them in the same order, or two of them could wait for each
 * other. Numbers come from a sequence, so that writers of different keys do not wait for each
 * other's commits; a mark that meets a higher number takes a new one while it has the row: a mark
 * that was changed never keeps the number it was listed with. A writer whose number is lower than
 * that of who made the mark came with it and counts; after writers were taken for dead, the numbers
 * of those who live are all higher.
 */
export function markStatements(schema: string): MarkStatements {
  const marks = `${schema}.marks`;
  const next = `nextval('${schema}.mark_number')`;
  return {
    mark: statement(
      `WITH numbers AS (
         SELECT array_agg(number ORDER BY number) AS number
         FROM (SELECT ${next} AS number FROM ${schema}.state, generate_series(1, $1::int)
               WHERE incarnation = $2) AS taken
       ), put AS (
         INSERT INTO ${marks} AS k (${place}, number, writers, moved, counted_from, since_ms, first, ordinal)
         SELECT t.unit, t.collection, t.whole, t.key, n.number[t.call], t.writers, t.moved,
                n.number[1], t.since_ms, n.number[1], t.ordinal
         FROM numbers n,
              unnest($3::text[], $4::text[], $5::boolean[], $6::text[], $7::int[], $8::int[], $9::boolean[], $10::bigint[])
              WITH ORDINALITY AS t (${place}, call, writers, moved, since_ms, ordinal)
         WHERE n.number IS NOT NULL
         ORDER BY t.unit COLLATE "C", t.collection COLLATE "C", t.whole, t.key COLLATE "C"
         ON CONFLICT (${place}) DO UPDATE SET
           number = CASE WHEN excluded.number > k.number THEN excluded.number ELSE ${next} END,
           writers = k.writers + excluded.writers,
           moved = k.moved OR excluded.moved,
           counted_from = least(k.counted_from, excluded.counted_from)
       )
       SELECT number FROM numbers`,
    ),
    settle: statement(
      `WITH told AS (
         SELECT ${place}, array_agg(mark) FILTER (WHERE mark IS NOT NULL) AS marks, bool_or(moved) AS moved
         FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::bigint[], $6::boolean[])
              AS t (${place}, mark, moved)
         GROUP BY ${place}
       ), l AS MATERIALIZED (
         SELECT ${place}, t.marks, t.moved
         FROM ${marks} k JOIN told t USING (${place})
         ORDER BY ${place} FOR UPDATE OF k
       )
       UPDATE ${marks} k SET
         moved = k.moved OR l.moved,
         writers = greatest(0, k.writers - (
           SELECT count(*)::int FROM unnest(l.marks) AS m (mark) WHERE m.mark >= k.counted_from))
       FROM l WHERE ${samePlace}`,
    ),
    clear: statement(
      `WITH l AS MATERIALIZED (
         SELECT ${place}, t.number
         FROM ${marks} k
         JOIN unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::bigint[])
              AS t (${place}, number) USING (${place})
         WHERE k.number = t.number AND k.writers = 0
         ORDER BY ${place} FOR UPDATE OF k
       )
       DELETE FROM ${marks} k USING l
       WHERE ${samePlace} AND k.number = l.number AND k.writers = 0`,
    ),
    orphans: statement(
      `WITH l AS MATERIALIZED (
         SELECT ${place} FROM ${marks} k WHERE unit = $1 AND writers > 0
         ORDER BY ${place} FOR UPDATE OF k
       ), settled AS (
         UPDATE ${marks} k SET writers = 0, moved = true, counted_from = k.number + 1
         FROM l WHERE ${samePlace} AND k.writers > 0 RETURNING 1
       )
       SELECT count(*)::int FROM settled`,
    ),
    list: statement(
      `SELECT collection, whole, key, number, writers, moved, since_ms FROM ${marks}
       WHERE unit = $1 ORDER BY first, ordinal LIMIT $2`,
    ),
    tally: statement(
      `SELECT count(*) FILTER (WHERE NOT whole), count(*) FILTER (WHERE whole),
              count(*) FILTER (WHERE writers > 0), min(since_ms)
       FROM ${marks} WHERE unit = $1`,
    ),
    wholes: statement(
      `SELECT collection FROM ${marks} WHERE unit = $1 AND whole ORDER BY first, ordinal`,
    ),
  };
}
