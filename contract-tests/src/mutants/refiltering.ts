import {
  type Collection,
  compileFilter,
  type Filter,
  type JsonValue,
  matches,
  memberOf,
  type Predicate,
} from "@cutover/core";
import type { CollectionFault } from "./mutant.ts";

/** A wrong answer for one test on one record; undefined leaves it to the right one. */
export type WrongTest = (
  predicate: Predicate,
  record: { readonly key: string; readonly value: JsonValue },
) => boolean | undefined;

/** The stored value a predicate looks at. */
export function rawOf(
  predicate: Predicate,
  record: { readonly key: string; readonly value: JsonValue },
): JsonValue | undefined {
  if (!("field" in predicate)) return undefined;
  return predicate.field.member === "$key"
    ? record.key
    : memberOf(record.value, predicate.field.member);
}

function wronglyMatches(
  wrong: WrongTest,
  predicate: Predicate,
  record: { readonly key: string; readonly value: JsonValue },
): boolean {
  const answer = wrong(predicate, record);
  if (answer !== undefined) return answer;
  const inner = (term: Predicate): boolean => wronglyMatches(wrong, term, record);
  if (predicate.op === "and") return predicate.terms.every(inner);
  if (predicate.op === "or") return predicate.terms.some(inner);
  if (predicate.op === "not") return !inner(predicate.term);
  return matches(predicate, record.key, record.value);
}

/** Answers every filter wrongly where `wrong` says so, in all methods that take one. */
export function refiltering(wrong: WrongTest): CollectionFault {
  return (inner, { definition }): Partial<Collection> => {
    const where = async (filter: Filter | undefined): Promise<{ readonly where?: Filter }> => {
      if (filter === undefined) return {};
      let predicate: Predicate;
      try {
        predicate = compileFilter(definition, filter);
      } catch {
        return { where: filter };
      }
      const found = (await inner.find()).filter((record) =>
        wronglyMatches(wrong, predicate, record),
      );
      return { where: { $key: { in: found.map(({ key }) => key) } } };
    };
    return {
      find: async (query = {}) => inner.find({ ...query, ...(await where(query.where)) }),
      page: async (query) => inner.page({ ...query, ...(await where(query.where)) }),
      count: async (filter, options) => inner.count((await where(filter)).where, options),
      aggregate: async (query) => inner.aggregate({ ...query, ...(await where(query.where)) }),
      search: async (words, query = {}) =>
        inner.search(words, { ...query, ...(await where(query.where)) }),
      async *iterate(query = {}) {
        yield* inner.iterate({ ...query, ...(await where(query.where)) });
      },
    };
  };
}
