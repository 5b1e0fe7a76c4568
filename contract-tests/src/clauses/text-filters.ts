import type { Clause } from "../clause.ts";
import { items } from "../proof/collections.ts";
import { finds } from "../proof/keys-found.ts";

const names = {
  a: "alpha",
  A: "Alpha",
  AA: "ALPHA",
  beta: "beta",
  empty: "",
  space: "alpha ",
  nfc: "caf\u00e9",
  nfd: "cafe\u0301",
  NFC: "CAF\u00c9",
  bmp: "\uffff",
  astral: "\u{1f600}",
  seven: "7",
} as const;

const wild = {
  percent: "100%",
  hundred: "1000",
  under: "a_b",
  axb: "axb",
  star: "a*b",
  class: "[a-b]",
  back: "a\\b",
  esc: "\\%",
  quote: "it's",
  double: 'say "x"',
  sql: "'; DROP TABLE items; --",
  caret: "^a$",
} as const;

type Asked = readonly [operator: string, operand: string, keys: string];

/** Puts names, then asks them; records without a fitting name match nothing. */
function asked(
  records: Readonly<Record<string, string>>,
  expectations: readonly Asked[],
): Clause["run"] {
  return async (context) => {
    const collection = (await context.open([items])).collection(items);
    for (const [key, name] of Object.entries(records)) await collection.put(key, { name });
    await collection.put("null", { name: null });
    await collection.put("absent", {});
    await collection.put("misfit", { name: ["alpha"] });
    for (const [operator, operand, keys] of expectations)
      await finds(collection, { name: { [operator]: operand } }, keys);
  };
}

/** Filters on text. */
export const textFilters: readonly Clause[] = [
  {
    id: "queries/text-equality",
    title: "text is equal when it is the same, case, accents and spaces included",
    run: asked(names, [
      ["eq", "alpha", "a"],
      ["eq", "ALPHA", "AA"],
      ["eq", "alpha ", "space"],
      ["eq", "", "empty"],
      ["eq", "caf\u00e9", "nfc"],
      ["eq", "cafe\u0301", "nfd"],
      ["eq", "7", "seven"],
      ["eq", "07", ""],
      ["ne", "alpha", "A AA beta empty space nfc nfd NFC bmp astral seven null absent misfit"],
    ]),
  },
  {
    id: "queries/text-order",
    title: "text compares by its UTF-8 bytes: capitals first, U+FFFF before U+1F600",
    run: asked(names, [
      ["lt", "a", "A AA empty NFC seven"],
      ["lte", "alpha", "a A AA empty NFC seven"],
      ["gt", "alpha", "beta space nfc nfd bmp astral"],
      ["gt", "caf\u00e8", "nfc bmp astral"],
      ["gt", "\uffff", "astral"],
      ["gte", "\u{10000}", "astral"],
      ["lt", "\u{10000}", "a A AA beta empty space nfc nfd NFC bmp seven"],
    ]),
  },
  {
    id: "queries/starts-with",
    title: "startsWith is exact, and everything that is text starts with nothing",
    run: asked({ ...names, over: "al\u{10ffff}", next: "am" }, [
      ["startsWith", "al", "a space over"],
      ["startsWith", "AL", "AA"],
      ["startsWith", "alpha ", "space"],
      ["startsWith", "cafe", "nfd"],
      ["startsWith", "\uffff", "bmp"],
      ["startsWith", "\u{1f600}", "astral"],
      ["startsWith", "", "a A AA beta empty space nfc nfd NFC bmp astral seven over next"],
    ]),
  },
  {
    id: "queries/contains",
    title: "contains is exact, and everything that is text contains nothing",
    run: asked(names, [
      ["contains", "lph", "a A space"],
      ["contains", "LPH", "AA"],
      ["contains", "e", "beta nfd"],
      ["contains", "\u00e9", "nfc"],
      ["contains", "\u{1f600}", "astral"],
      ["contains", "alphaa", ""],
      ["contains", "", "a A AA beta empty space nfc nfd NFC bmp astral seven"],
    ]),
  },
  {
    id: "queries/ignore-case",
    title: "the case-insensitive operators take A to Z and a to z as equal, and no other letters",
    run: asked({ ...names, kelvin: "\u212aelvin", k: "Kelvin", sharp: "STRASSE" }, [
      ["eqIgnoreCase", "aLpHa", "a A AA"],
      ["eqIgnoreCase", "caf\u00e9", "nfc"],
      ["eqIgnoreCase", "CAF\u00c9", "NFC"],
      ["eqIgnoreCase", "kelvin", "k"],
      ["eqIgnoreCase", "stra\u00dfe", ""],
      ["containsIgnoreCase", "LPH", "a A AA space"],
      ["containsIgnoreCase", "CAF", "nfc nfd NFC"],
      ["containsIgnoreCase", "\u00c9", "NFC"],
      [
        "containsIgnoreCase",
        "",
        "a A AA beta empty space nfc nfd NFC bmp astral seven kelvin k sharp",
      ],
    ]),
  },
  {
    id: "queries/no-patterns",
    title: "text in a filter is never a pattern and never SQL",
    run: asked(wild, [
      ["contains", "%", "percent esc"],
      ["contains", "_", "under"],
      ["contains", "a_b", "under"],
      ["contains", "*", "star"],
      ["contains", "\\", "back esc"],
      ["contains", "[a", "class"],
      ["contains", "'", "quote sql"],
      ["contains", '"', "double"],
      ["startsWith", "100%", "percent"],
      ["startsWith", "a_", "under"],
      ["startsWith", "_", ""],
      ["startsWith", "%", ""],
      ["startsWith", "^a", "caret"],
      ["startsWith", "[a-", "class"],
      ["containsIgnoreCase", "A_B", "under"],
      ["containsIgnoreCase", "0%", "percent"],
      ["eqIgnoreCase", "A_B", "under"],
      ["eqIgnoreCase", "%", ""],
      ["eq", "'; DROP TABLE items; --", "sql"],
      ["contains", "' OR '1'='1", ""],
      ["startsWith", "\\%", "esc"],
      ["contains", "\\%", "esc"],
    ]),
  },
];
