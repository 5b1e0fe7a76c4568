import { isJsonObject, type JsonValue } from "@cutover/core";
import { inCollections, type Mutant } from "./mutant.ts";
import { deeply, members, onRead, onWrite, type Rewrite } from "./rewriting.ts";
import { trusted } from "../proof/trusted.ts";

const written = (name: string, breaks: string, rewrite: Rewrite): Mutant =>
  inCollections({ name, breaks }, onWrite(rewrite));
const read = (name: string, breaks: string, rewrite: Rewrite): Mutant =>
  inCollections({ name, breaks }, onRead(rewrite));

const texts = (change: (text: string) => string): Rewrite =>
  deeply((part) => (typeof part === "string" ? change(part) : part));
const numbers = (change: (number: number) => number): Rewrite =>
  deeply((part) => (typeof part === "number" ? change(part) : part));
const objects = (change: (all: [string, JsonValue][]) => [string, JsonValue][]): Rewrite =>
  deeply((part) => (isJsonObject(part) ? Object.fromEntries(change(Object.entries(part))) : part));
const fieldsOf = (kind: string, change: (value: JsonValue) => JsonValue): Rewrite =>
  members((all, definition) =>
    all.map(([name, value]) => [
      name,
      definition.fields.get(name)?.kind === kind ? change(value) : value,
    ]),
  );

const longestText = 65_535;

/** Values that do not come back as they were. */
export const valueMutants: readonly Mutant[] = [
  written(
    "nulls-dropped",
    "an explicit null is not an absent member",
    members((all) => all.filter(([, value]) => value !== null)),
  ),
  written(
    "absent-made-null",
    "an absent member is not null",
    members((all, definition) => {
      const there = new Set(all.map(([name]) => name));
      const missing = [...definition.fields.keys()].filter((name) => !there.has(name));
      return [...all, ...missing.map((name): [string, JsonValue] => [name, null])];
    }),
  ),
  read(
    "absent-read-as-null",
    "a missing member is missing when read",
    members((all, definition) => {
      const there = new Set(all.map(([name]) => name));
      const missing = [...definition.fields.keys()].filter((name) => !there.has(name));
      return [...all, ...missing.map((name): [string, JsonValue] => [name, null])];
    }),
  ),
  written(
    "empty-text-dropped",
    '"" is a value',
    members((all) => all.filter(([, value]) => value !== "")),
  ),
  written(
    "empty-text-made-null",
    '"" is not null',
    deeply((part) => (part === "" ? null : part)),
  ),
  written(
    "unknown-members-dropped",
    "records are open: undeclared members are kept",
    members((all, definition) =>
      definition.fields.size === 0 ? all : all.filter(([name]) => definition.fields.has(name)),
    ),
  ),
  written(
    "members-sorted",
    "member order survives",
    objects((all) => all.toSorted(([left], [right]) => (left < right ? -1 : 1))),
  ),
  read(
    "declared-members-first",
    "member order survives, declared or not",
    members((all, definition) => [
      ...all.filter(([name]) => definition.fields.has(name)),
      ...all.filter(([name]) => !definition.fields.has(name)),
    ]),
  ),
  written(
    "numbers-rounded",
    "numbers keep all their digits",
    numbers((number) => Number(number.toPrecision(15))),
  ),
  written(
    "numbers-as-32-bit",
    "integers reach to 2^53 − 1",
    numbers((number) =>
      Number.isInteger(number) && Math.abs(number) < 2 ** 53 ? number | 0 : number,
    ),
  ),
  written(
    "floats-truncated-in-integers",
    "1.5 in an integer field is kept as it is",
    fieldsOf("integer", (value) => (typeof value === "number" ? Math.trunc(value) : value)),
  ),
  written(
    "numeric-text-converted",
    '"7" where 7 belongs stays "7"',
    fieldsOf("integer", (value) =>
      typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value,
    ),
  ),
  written(
    "numbers-in-text-converted",
    "7 where text belongs stays 7",
    fieldsOf("text", (value) => (typeof value === "number" ? String(value) : value)),
  ),
  written(
    "booleans-as-numbers",
    "true is not 1",
    fieldsOf("boolean", (value) => (typeof value === "boolean" ? Number(value) : value)),
  ),
  read(
    "numbers-as-booleans",
    "1 in a boolean field stays 1",
    fieldsOf("boolean", (value) => (value === 1 || value === 0 ? value === 1 : value)),
  ),
  written(
    "timestamps-rewritten",
    "timestamps are stored verbatim",
    fieldsOf("timestamp", (value) => {
      const parsed =
        typeof value === "string" && value.endsWith("Z") ? Date.parse(value) : Number.NaN;
      return Number.isNaN(parsed) ? value : new Date(parsed).toISOString();
    }),
  ),
  written(
    "long-text-truncated",
    "text of any length is kept",
    texts((text) => text.slice(0, longestText)),
  ),
  written(
    "astral-lost",
    "all of Unicode is kept",
    texts((text) => text.replace(/[\u{10000}-\u{10ffff}]/gu, "\ufffd")),
  ),
  written(
    "text-nfc",
    "text is kept as it was composed",
    texts((text) => text.normalize("NFC")),
  ),
  written(
    "text-trimmed",
    "spaces around text are kept",
    texts((text) => text.trim()),
  ),
  written(
    "line-ends-unified",
    "CR LF stays CR LF",
    texts((text) => text.replaceAll("\r\n", "\n").replaceAll("\r", "\n")),
  ),
  read(
    "json-text-parsed",
    "a string that looks like JSON stays a string",
    deeply((part) => {
      if (typeof part !== "string" || !/^[[{]/.test(part)) return part;
      try {
        return trusted(JSON.parse(part));
      } catch {
        return part;
      }
    }),
  ),
  written(
    "proto-member-lost",
    "__proto__ is an ordinary member",
    objects((all) => all.filter(([name]) => name !== "__proto__")),
  ),
  written(
    "empty-containers-dropped",
    "{} and [] are values",
    members((all) =>
      all.filter(
        ([, value]) => typeof value !== "object" || value === null || Object.keys(value).length > 0,
      ),
    ),
  ),
  written(
    "single-item-arrays-unwrapped",
    "an array of one is an array",
    members((all) =>
      all.map(([name, value]) => [
        name,
        Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value,
      ]),
    ),
  ),
  written(
    "timestamps-stamped",
    "nothing is stamped by a backend",
    members((all) => [...all, ["updatedAt", "2026-01-01T00:00:00Z"]]),
  ),
  written(
    "key-injected",
    "a record need not hold its key",
    members((all) => (all.some(([name]) => name === "id") ? all : [...all, ["id", "?"]])),
  ),
  read(
    "minus-zero-kept",
    "-0 becomes 0",
    numbers((number) => (number === 0 ? -0 : number)),
  ),
  inCollections(
    { name: "invalid-numbers-made-null", breaks: "NaN and the infinities are refused" },
    onWrite(deeply((part) => (typeof part === "number" && !Number.isFinite(part) ? null : part))),
  ),
  inCollections(
    { name: "lone-surrogates-mended", breaks: "ill-formed text is refused, not mended" },
    onWrite(texts((text) => text.toWellFormed())),
  ),
  inCollections(
    { name: "nul-stripped", breaks: "NUL is refused, not stripped" },
    onWrite(texts((text) => text.replaceAll("\0", ""))),
  ),
  inCollections(
    { name: "dates-stringified", breaks: "a Date is refused, not converted" },
    (inner) => {
      return {
        put: async (key, value, options) =>
          inner.put(key, holdsDate(value) ? converted(value) : value, options),
      };
    },
  ),
];

function converted(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value, (_, item: unknown) => item ?? null));
}

function holdsDate(value: unknown): boolean {
  if (value instanceof Date || value instanceof Map || value instanceof Set) return true;
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).some((item) => item instanceof Date)
  );
}
