import {
  type Collection,
  type Entry,
  memberOf,
  type SearchQuery,
  searchText,
  tokenise,
} from "@cutover/core";
import { type CollectionFault, inCollections, type Mutant } from "./mutant.ts";

type WrongSearch = (text: string, words: string, prefix: boolean) => boolean;

/** Searches the joined text of the searched members by another rule. */
function searching(
  matches: WrongSearch,
  textOf?: (entry: Entry, inner: Collection) => string,
): CollectionFault {
  return (inner, { definition }) => ({
    search: async (words: string, query: SearchQuery = {}) => {
      const rightly = await inner.search(words, query);
      if (definition.search.length === 0 || tokenise(words).length === 0) return rightly;
      const raw = ({ value }: Entry): string =>
        definition.search
          .map(({ member }) => memberOf(value, member))
          .filter((text) => typeof text === "string")
          .join("\n");
      const candidates = await inner.find(query.where === undefined ? {} : { where: query.where });
      return candidates
        .filter((entry) =>
          matches(textOf?.(entry, inner) ?? raw(entry), words, query.prefix === true),
        )
        .slice(0, query.limit);
    },
  });
}

const plainWords = (text: string): string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
const unaccented = (text: string, form: "NFD" | "NFKD"): string[] =>
  plainWords(text.normalize(form).replace(/\p{M}+/gu, ""));
const cutWithCase = (text: string): string[] =>
  text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .match(/[\p{L}\p{N}]+/gu) ?? [];
const held = (there: readonly string[], wanted: readonly string[], prefix: boolean): boolean =>
  wanted.every((word, at) =>
    there.some((one) => (prefix && at === wanted.length - 1 ? one.startsWith(word) : one === word)),
  );

const found = (name: string, breaks: string, fault: CollectionFault): Mutant =>
  inCollections({ name, breaks }, fault);

/** Full-text search by another rule. */
export const searchMutants: readonly Mutant[] = [
  found(
    "search-by-substring",
    "search finds words, not parts of them",
    searching((text, words) =>
      tokenise(words).every((word) => tokenise(text).join(" ").includes(word)),
    ),
  ),
  found(
    "search-any-word",
    "every word must occur",
    searching((text, words, prefix) =>
      tokenise(words).some((word) => held(tokenise(text), [word], prefix)),
    ),
  ),
  found(
    "search-keeps-accents",
    "accents are folded away",
    searching((text, words, prefix) => held(plainWords(text), plainWords(words), prefix)),
  ),
  found(
    "search-minds-case",
    "letters are lowered",
    searching((text, words, prefix) => {
      return held(cutWithCase(text), cutWithCase(words), prefix);
    }),
  ),
  found(
    "search-keeps-compatibility-forms",
    "compatibility forms are folded away",
    searching((text, words, prefix) => {
      return held(unaccented(text, "NFD"), unaccented(words, "NFD"), prefix);
    }),
  ),
  found(
    "search-cjk-as-one-word",
    "scripts without spaces are cut at each character",
    searching((text, words, prefix) => {
      return held(unaccented(text, "NFKD"), unaccented(words, "NFKD"), prefix);
    }),
  ),
  found("search-always-by-prefix", "a word is whole unless prefix is asked for", (inner) => ({
    search: (words, query) => inner.search(words, { ...query, prefix: true }),
  })),
  found("search-never-by-prefix", "with prefix the last word may be a beginning", (inner) => ({
    search: (words, query) => inner.search(words, { ...query, prefix: false }),
  })),
  found(
    "search-prefix-on-every-word",
    "only the last word may be a beginning",
    searching((text, words, prefix) =>
      tokenise(words).every((word) => held(tokenise(text), [word], prefix)),
    ),
  ),
  found(
    "search-first-member-only",
    "all searched members are looked into",
    (inner, { definition }) => ({
      search: async (words, query) => {
        const [first] = definition.search;
        const entries = await inner.search(words, query);
        if (first === undefined) return entries;
        const alone = { ...definition, search: [first] };
        return entries.filter(({ value }) =>
          held(searchText(alone, value).split(" "), tokenise(words), query?.prefix === true),
        );
      },
    }),
  ),
  found("search-operators-honoured", "the searcher's text is never syntax", (inner) => ({
    search: async (words, query) => {
      const alternatives = typeof words === "string" ? words.split(/\sOR\s/) : [];
      if (alternatives.length < 2) return inner.search(words, query);
      const hits = await Promise.all(alternatives.map((one) => inner.search(one, query)));
      return [...new Map(hits.flat().map((entry) => [entry.key, entry])).values()];
    },
  })),
  found(
    "search-of-nothing-finds-all",
    "a search without words finds nothing",
    (inner, { definition }) => ({
      search: async (words, query) => {
        const hits = await inner.search(words, query);
        return definition.search.length > 0 && tokenise(words).length === 0 ? inner.find() : hits;
      },
    }),
  ),
  found("search-index-stale", "a search sees the last write", (inner) => {
    const before = new Map<string, readonly Entry[]>();
    return {
      search: async (words, query) => {
        const name = JSON.stringify([words, query?.prefix, query?.limit]);
        const hits = before.get(name) ?? (await inner.search(words, query));
        before.set(name, hits);
        return [...hits];
      },
    };
  }),
  found("search-ignores-filter", "a search keeps to its filter", (inner) => ({
    search: async (words, query = {}) => {
      const { where: _, ...rest } = query;
      await inner.search(words, query);
      return inner.search(words, rest);
    },
  })),
  found(
    "search-reads-undeclared-members",
    "only declared members are searched",
    searching(
      (text, words, prefix) => held(tokenise(text), tokenise(words), prefix),
      ({ value }) => JSON.stringify(value),
    ),
  ),
];
