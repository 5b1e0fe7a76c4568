import type { Entry } from "@cutover/core";
import { inCollections, type Mutant } from "./mutant.ts";

const batchSize = 100;

/** Pages and streams that skip or repeat records. */
export const pageMutants: readonly Mutant[] = [
  inCollections(
    { name: "offset-cursor", breaks: "pages are stable while others write" },
    (inner) => ({
      page: async (query) => {
        const { cursor, limit, where, orderBy, ...rest } = query;
        const offset = cursor?.startsWith("o") === true ? Number(cursor.slice(1)) : 0;
        if (cursor !== undefined && !cursor.startsWith("o")) return inner.page(query);
        await inner.page({ ...rest, limit, ...(where && { where }), ...(orderBy && { orderBy }) });
        const all = await inner.find({
          ...(where && { where }),
          orderBy: orderBy ?? [{ field: "$key" }],
        });
        const entries = all.slice(offset, offset + limit);
        return { entries, next: all.length > offset + limit ? `o${offset + limit}` : undefined };
      },
    }),
  ),
  inCollections(
    { name: "cursor-of-key-alone", breaks: "a cursor holds the whole place in the order" },
    (inner) => ({
      page: async (query) => {
        const { cursor, ...rest } = query;
        if (cursor?.startsWith("k") !== true) {
          const first = await inner.page(query);
          const last = first.entries.at(-1);
          return { entries: first.entries, next: first.next && last && `k${last.key}` };
        }
        const { entries } = await inner.page({ ...rest, limit: Number.MAX_SAFE_INTEGER - 1 });
        const at = entries.findIndex(({ key }) => key === cursor.slice(1));
        const page = entries.slice(at + 1, at + 1 + query.limit);
        const last = page.at(-1);
        return {
          entries: page,
          next: at + 1 + query.limit < entries.length && last ? `k${last.key}` : undefined,
        };
      },
    }),
  ),
  inCollections(
    { name: "cursor-of-another-order-accepted", breaks: "a cursor of another order is refused" },
    (inner) => ({
      page: async (query) => {
        const { cursor: _, ...rest } = query;
        return inner.page(query).catch((error: unknown) => {
          if (query.cursor !== undefined && String(error).includes("another order"))
            return inner.page(rest);
          throw error;
        });
      },
    }),
  ),
  inCollections(
    { name: "damaged-cursor-restarts", breaks: "a cursor that is none is refused" },
    (inner) => ({
      page: async (query) => {
        const { cursor: _, ...rest } = query;
        return inner.page(query).catch((error: unknown) => {
          if (query.cursor !== undefined && /not one that|damaged/.test(String(error)))
            return inner.page(rest);
          throw error;
        });
      },
    }),
  ),
  inCollections({ name: "last-page-has-next", breaks: "the last page has no next" }, (inner) => ({
    page: async (query) => {
      const page = await inner.page(query);
      return { ...page, next: page.next ?? query.cursor };
    },
  })),
  inCollections(
    { name: "full-last-page-lost", breaks: "a last page that is just full is there" },
    (inner) => ({
      page: async (query) => {
        const page = await inner.page(query);
        const rest =
          page.next === undefined ? undefined : await inner.page({ ...query, cursor: page.next });
        const isLast = rest?.next === undefined && rest?.entries.length === query.limit;
        return isLast ? { ...page, next: undefined } : page;
      },
    }),
  ),
  inCollections(
    { name: "page-boundary-repeated", breaks: "no record comes on two pages" },
    (inner) => {
      let last: Entry | undefined;
      return {
        page: async (query) => {
          const page = await inner.page(query);
          const entries =
            query.cursor !== undefined && last !== undefined
              ? [last, ...page.entries]
              : page.entries;
          last = page.entries.at(-1);
          return { ...page, entries: entries.slice(0, query.limit) };
        },
      };
    },
  ),
  inCollections(
    { name: "pages-in-collection-order", breaks: "pages come by key unless told otherwise" },
    (inner) => ({
      page: async (query) => {
        const page = await inner.page(query);
        if (query.orderBy !== undefined || query.cursor !== undefined || page.next !== undefined)
          return page;
        return {
          ...page,
          entries: await inner.find(query.where === undefined ? {} : { where: query.where }),
        };
      },
    }),
  ),
  inCollections(
    { name: "iterate-skips-batch-boundary", breaks: "iterate() streams every record" },
    (inner) => ({
      async *iterate(query) {
        let index = 0;
        for await (const entry of inner.iterate(query))
          if (++index % (batchSize + 1) !== 0) yield entry;
      },
    }),
  ),
  inCollections(
    { name: "iterate-loads-everything", breaks: "iterate() streams in bounded memory" },
    (inner) => ({
      async *iterate(query) {
        yield* await Array.fromAsync(inner.iterate(query));
      },
    }),
  ),
  inCollections(
    {
      name: "iterate-stops-at-change",
      breaks: "records that stay come from iterate() whatever others write",
    },
    (inner) => ({
      async *iterate(query) {
        const before = await inner.count();
        for await (const entry of inner.iterate(query)) {
          if ((await inner.count()) < before) return;
          yield entry;
        }
      },
    }),
  ),
  inCollections(
    { name: "iterate-by-offset", breaks: "a deletion meanwhile makes iterate() skip nothing" },
    (inner) => ({
      async *iterate(query = {}) {
        const { where, signal } = query;
        await inner.iterate(query).next();
        for (let offset = 0; ; offset++) {
          signal?.throwIfAborted();
          const entry = (await inner.find(where === undefined ? {} : { where }))[offset];
          if (entry === undefined) return;
          yield entry;
        }
      },
    }),
  ),
  inCollections(
    {
      name: "iterate-restarts-on-change",
      breaks: "a record that is there throughout comes exactly once",
    },
    (inner) => ({
      async *iterate(query) {
        const before = await inner.count();
        let index = 0;
        for await (const entry of inner.iterate(query)) {
          yield entry;
          if (++index % batchSize !== 0 || (await inner.count()) === before) continue;
          yield* inner.iterate(query);
          return;
        }
      },
    }),
  ),
];
