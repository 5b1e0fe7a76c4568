import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { clauses, hostileKeys, topics } from "@cutover/contract-tests";
import { generatedPages } from "../../scripts/docs.ts";

describe("the clauses", () => {
  it("have ids of their own, each beginning with its topic", () => {
    expect(new Set(clauses.map(({ id }) => id)).size).toBe(clauses.length);
    for (const { name, clauses: own } of topics)
      for (const { id } of own) expect(id).toMatch(new RegExp(`^${name}/[a-zA-Z0-9-]+$`));
  });

  it("have titles of their own within their topic", () => {
    for (const { clauses: own } of topics)
      expect(new Set(own.map(({ title }) => title)).size).toBe(own.length);
  });

  it("say what holds without a capability wherever they need one", () => {
    for (const { id, needs, without } of clauses)
      expect({ id, opposite: without !== undefined }).toEqual({
        id,
        opposite: needs !== undefined,
      });
  });

  it("try keys that are all valid and all different", () => {
    expect(new Set(hostileKeys).size).toBe(hostileKeys.length);
    for (const key of hostileKeys) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
  });
});

describe("the generated pages", () => {
  it("are what the clauses and the table of errors say now; `pnpm run docs` writes them", async () => {
    for (const [path, page] of await generatedPages()) {
      const committed = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
      expect({ path, page: committed }).toEqual({ path, page });
    }
  });
});
