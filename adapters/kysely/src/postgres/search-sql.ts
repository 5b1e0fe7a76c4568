import { arrayLiteral } from "./array-literal.ts";

/**
 * Characters of a token that are indexed: the index takes none that are much longer. What is found
 * by them is looked at whole.
 */
const indexedCharacters = 100;
/** Bytes of tokens up to which a record is in the index, which holds no more than a megabyte of one. */
const indexedBytes = 250_000;

/** What the index holds of the tokens in a column. */
export function indexedTokens(column: string): string {
  const cut = `regexp_replace(${column}, '([^ ]{${indexedCharacters}})[^ ]+', '\\1', 'g')`;
  return (
    `(CASE WHEN octet_length(${column}) <= ${indexedBytes} ` +
    `THEN array_to_tsvector(string_to_array(${cut}, ' ')) END)`
  );
}

/** Records that are not in the index and have to be looked at one by one. */
export function unindexed(column: string): string {
  return `octet_length(${column}) > ${indexedBytes}`;
}

/** True of records that hold all tokens, which are looked at one by one; [{@link wordsParameter}]. */
export function scanSql(column: string, words = "?::text[]"): string {
  return (
    `NOT EXISTS (SELECT 1 FROM unnest(${words}) AS asked (word) ` +
    `WHERE strpos(' ' || ${column} || ' ', asked.word) = 0)`
  );
}

function matching(column: string, query: string, words: string): string {
  return (
    `((${indexedTokens(column)} @@ ${query} OR ${unindexed(column)}) ` +
    `AND ${scanSql(column, words)})`
  );
}

/** True of records that hold all tokens; parameters are {@link queryText}, {@link wordsParameter}. */
export function matchSql(column: string): string {
  return matching(column, "?::tsquery", "?::text[]");
}

/** Finds and ranks what {@link matchSql} finds; shorter texts come first. */
export function hitsSql(
  table: string,
  { search, position }: { readonly search: string; readonly position: string },
): string {
  // Divided by how many different words a text has.
  const rank = `coalesce(ts_rank(${indexedTokens(search)}, given.query, 8), 0)`;
  return (
    `SELECT ${position} AS _hit, -${rank} AS _score FROM ${table}, ` +
    `(SELECT ?::tsquery AS query, ?::text[] AS words) AS given ` +
    `WHERE ${matching(search, "given.query", "given.words")}`
  );
}

/** Tokens, which are letters and digits, as a query for the index. */
export function queryText(tokens: readonly string[], prefix: boolean): string {
  const last = tokens.length - 1;
  return tokens
    .map((token, index) => {
      const characters = Array.from(token);
      const short = characters.slice(0, indexedCharacters).join("");
      const open = prefix && index === last && characters.length < indexedCharacters;
      return `'${short}'${open ? ":*" : ""}`;
    })
    .join(" & ");
}

/** Tokens as they stand between spaces. */
export function wordsParameter(tokens: readonly string[], prefix: boolean): string {
  const last = tokens.length - 1;
  return arrayLiteral(
    tokens.map((token, index) => (prefix && index === last ? ` ${token}` : ` ${token} `)),
  );
}
