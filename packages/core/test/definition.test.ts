import { describe, expect, test } from "vitest";
import {
  boolean,
  defineCollection,
  describeDefinition,
  integer,
  json,
  rebuildDefinition,
  text,
  timestamp,
  type JsonObject,
} from "@cutover/core";

describe("defineCollection()", () => {
  test("derives columns in snake case and the file from the name", () => {
    const definition = defineCollection({
      name: "models",
      fields: { hfRepo: text(), URL: text(), "last used": text() },
    });
    expect([...definition.fields.values()].map(({ column }) => column)).toEqual([
      "hf_repo",
      "url",
      "last_used",
    ]);
    expect(definition.file).toEqual({ path: "models.json", shape: "object", at: [] });
    expect(definition.keyColumn).toBe("key");
  });

  test.each([
    ["a name that is no identifier", { name: "My Models" }, /name must be/],
    [
      "two members with one column",
      { name: "a", fields: { ab: text(), Ab: text() } },
      /share the column "ab"/,
    ],
    [
      "a member without a possible column",
      { name: "a", fields: { é: text() } },
      /cannot be the column/,
    ],
    [
      "an option it does not know",
      JSON.parse('{"name":"a","index":["x"]}'),
      /no option "index"; known are: name/,
    ],
    [
      "a field that was not declared with a kind",
      { name: "a", fields: JSON.parse('{"x":"text"}') },
      /member "x" has no kind/,
    ],
    ["an index on what is not declared", { name: "a", indexes: ["x"] }, /indexes names "x"/],
    [
      "an index on json",
      { name: "a", fields: { x: json() }, indexes: ["x"] },
      /json cannot be compared/,
    ],
    [
      "unique members that are not declared",
      { name: "a", unique: [["x", "y"]] },
      /unique names "x"/,
    ],
    [
      "search in what is not text",
      { name: "a", fields: { x: integer() }, search: ["x"] },
      /not text/,
    ],
    [
      "an expiry that is no timestamp",
      { name: "a", fields: { x: boolean() }, expiry: "x" },
      /must be a timestamp/,
    ],
    [
      "an array file without a key member",
      { name: "a", file: { shape: "array" as const } },
      /needs `key`/,
    ],
    ["a path out of the data folder", { name: "a", file: { path: "../a.json" } }, /stay inside/],
    ["an absolute path", { name: "a", file: { path: "/etc/a.json" } }, /relative/],
    ["a member named like an operator", { name: "a", fields: { or: text() } }, /operator/],
    [
      "a key member that is not text",
      { name: "a", key: "id", fields: { id: integer() } },
      /must be text/,
    ],
  ])("refuses %s", (_what, options, message) => {
    expect(() => defineCollection(options)).toThrow(message);
    expect(() => defineCollection(options)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });

  test("the key member's column is the key column, and a declared column called key is not taken twice", () => {
    expect(defineCollection({ name: "a", key: "fileName" }).keyColumn).toBe("file_name");
    expect(defineCollection({ name: "a", fields: { key: text() } }).keyColumn).toBe("record_key");
  });

  test("a timestamp says how it is written", () => {
    const at = timestamp({ as: "epoch-s" });
    expect(defineCollection({ name: "a", fields: { at } }).fields.get("at")).toMatchObject({
      as: "epoch-s",
    });
  });
});

describe("rebuildDefinition()", () => {
  test("gives back a definition that is described alike", () => {
    const definition = defineCollection({
      name: "a",
      key: "id",
      fields: {
        id: text(),
        size: integer({ column: "bytes" }),
        at: timestamp({ as: "epoch-ms" }),
        tags: json(),
      },
      unique: [["size", "at"]],
      indexes: ["at"],
      search: ["id"],
      expiry: "at",
      order: "prepend",
      file: { path: "deep/a.json", shape: "array", at: ["items"] },
    });
    for (const one of [definition, defineCollection({ name: "b" })]) {
      const travelled: JsonObject = JSON.parse(JSON.stringify(describeDefinition(one)));
      expect(describeDefinition(rebuildDefinition(travelled))).toEqual(describeDefinition(one));
    }
  });

  test("refuses what is no description", () => {
    expect(() => rebuildDefinition({ name: "a" })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });
});
