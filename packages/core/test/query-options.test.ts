import { expect, test } from "vitest";
import { defineCollection, integer, memoryBackend, text } from "@cutover/core";

const models = defineCollection({
  name: "models",
  fields: { name: text(), size: integer() },
  search: ["name"],
});
const collection = memoryBackend().collection(models);
// What TypeScript refuses and a caller in JavaScript may write all the same.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const untyped = (query: object): never => query as never;

test.each([
  [
    "find",
    () => collection.find(untyped({ wher: { name: "a" } })),
    /find\(\) has no option "wher"/,
  ],
  ["find with a list", () => collection.find(untyped([])), /takes an object/],
  [
    "page",
    () => collection.page(untyped({ limit: 1, sort: "name" })),
    /page\(\) has no option "sort"/,
  ],
  ["search", () => collection.search("a", untyped({ fuzzy: true })), /no option "fuzzy"/],
  ["aggregate", () => collection.aggregate(untyped({ group: ["name"] })), /no option "group"/],
  [
    "aggregate by a text",
    () => collection.aggregate(untyped({ groupBy: "name" })),
    /groupBy takes a list/,
  ],
  ["a sum of a text", () => collection.aggregate(untyped({ sum: "size" })), /sum takes a list/],
  [
    "iterate",
    () => collection.iterate(untyped({ limit: 1 })).next(),
    /iterate\(\) has no option "limit"/,
  ],
])(
  "%s with what it does not take is INVALID_QUERY and not an answer",
  async (_what, call, message) => {
    await expect(call()).rejects.toMatchObject({ code: "INVALID_QUERY" });
    await expect(call()).rejects.toThrow(message);
  },
);
