import { inCollections, type Mutant } from "./mutant.ts";

/** Records that come in another order than they were written in. */
export const placeMutants: readonly Mutant[] = [
  inCollections(
    { name: "prepend-ignored", breaks: "a prepend collection has its newest record first" },
    (inner, { definition }) => ({
      find: async (query) => {
        const found = await inner.find(query);
        if (definition.order !== "prepend" || query?.orderBy !== undefined) return found;
        return found.toReversed();
      },
    }),
  ),
  inCollections(
    { name: "integer-like-keys-moved", breaks: "keys that look like integers keep their place" },
    (inner) => ({
      find: async (query = {}) => {
        if (query.orderBy !== undefined) return inner.find(query);
        const { limit, ...rest } = query;
        const found = await inner.find(rest);
        const places = Object.keys(Object.fromEntries(found.map(({ key }) => [key, 1])));
        if (limit === 0) return inner.find(query);
        const sorted = found.toSorted(
          (left, right) => places.indexOf(left.key) - places.indexOf(right.key),
        );
        return limit === undefined ? sorted : (await inner.find(query), sorted.slice(0, limit));
      },
    }),
  ),
  inCollections(
    { name: "collection-order-by-key", breaks: "records come in the order they were written in" },
    (inner) => ({
      find: (query = {}) => inner.find({ orderBy: [], ...query }),
      search: async (words, query) =>
        (await inner.search(words, query)).toSorted((left, right) =>
          left.key < right.key ? -1 : 1,
        ),
      async *iterate(query) {
        const all = await Array.fromAsync(inner.iterate(query));
        yield* all.toSorted((left, right) => (left.key < right.key ? -1 : 1));
      },
    }),
  ),
];
