import { foldCase, type Predicate } from "@cutover/core";
import { inCollections, type Mutant } from "./mutant.ts";
import { rawOf, refiltering, type WrongTest } from "./refiltering.ts";

const wrong = (name: string, breaks: string, test: WrongTest): Mutant =>
  inCollections({ name, breaks }, refiltering(test));

function like(text: string, pattern: string): boolean {
  const expression = Array.from(pattern, (sign) => {
    if (sign === "%") return ".*";
    return sign === "_" ? "." : sign.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  }).join("");
  return new RegExp(`^${expression}$`, "su").test(text);
}

const isComparison = (
  predicate: Predicate,
): predicate is Predicate & { readonly operand: string | number | boolean } =>
  "operand" in predicate;

/** Filters that match too much or too little. */
export const filterMutants: readonly Mutant[] = [
  wrong(
    "like-wildcards-in-contains",
    "% and _ are plain characters to contains",
    (predicate, record) => {
      if (predicate.op !== "contains") return undefined;
      const raw = rawOf(predicate, record);
      return typeof raw === "string" && like(raw, `%${predicate.text}%`);
    },
  ),
  wrong(
    "like-wildcards-in-starts-with",
    "% and _ are plain characters to startsWith",
    (predicate, record) => {
      if (predicate.op !== "startsWith") return undefined;
      const raw = rawOf(predicate, record);
      return typeof raw === "string" && like(raw, `${predicate.text}%`);
    },
  ),
  wrong(
    "like-escape-in-contains",
    "a backslash is a plain character to contains",
    (predicate, record) => {
      if (predicate.op !== "contains" || !predicate.text.includes("\\")) return undefined;
      const raw = rawOf(predicate, record);
      return typeof raw === "string" && raw.includes(predicate.text.replace(/\\(.?)/gs, "$1"));
    },
  ),
  wrong("contains-ignores-case", "contains is exact", (predicate, record) => {
    const raw = rawOf(predicate, record);
    if (predicate.op !== "contains" || typeof raw !== "string") return undefined;
    return foldCase(raw).includes(foldCase(predicate.text));
  }),
  wrong("starts-with-ignores-case", "startsWith is exact", (predicate, record) => {
    const raw = rawOf(predicate, record);
    if (predicate.op !== "startsWith" || typeof raw !== "string") return undefined;
    return foldCase(raw).startsWith(foldCase(predicate.text));
  }),
  wrong("eq-ignores-case", "eq is exact", (predicate, record) => {
    const raw = rawOf(predicate, record);
    if (predicate.op !== "eq" || typeof raw !== "string") return undefined;
    return foldCase(raw) === foldCase(String(predicate.operand));
  }),
  wrong("eq-ignores-trailing-spaces", "trailing spaces count", (predicate, record) => {
    const raw = rawOf(predicate, record);
    if (predicate.op !== "eq" || typeof raw !== "string") return undefined;
    return raw.trimEnd() === String(predicate.operand).trimEnd();
  }),
  wrong(
    "ignore-case-folds-unicode",
    "the case-insensitive operators fold A to Z only",
    (predicate, record) => {
      const raw = rawOf(predicate, record);
      if (typeof raw !== "string") return undefined;
      if (predicate.op === "eqIgnoreCase")
        return raw.toLowerCase() === predicate.text.toLowerCase();
      if (predicate.op !== "containsIgnoreCase") return undefined;
      return raw.toLowerCase().includes(predicate.text.toLowerCase());
    },
  ),
  wrong(
    "ignore-case-is-exact",
    "the case-insensitive operators fold A to Z",
    (predicate, record) => {
      const raw = rawOf(predicate, record);
      if (predicate.op === "eqIgnoreCase") return raw === predicate.text;
      if (predicate.op !== "containsIgnoreCase") return undefined;
      return typeof raw === "string" && raw.includes(predicate.text);
    },
  ),
  wrong(
    "ne-excludes-absent",
    "ne and notIn match what is absent, null or misfit",
    (predicate, record) => {
      if (predicate.op !== "not" || (predicate.term.op !== "eq" && predicate.term.op !== "in"))
        return undefined;
      const raw = rawOf(predicate.term, record);
      return raw === undefined || raw === null ? false : undefined;
    },
  ),
  wrong("three-valued-not", "not is two-valued", (predicate, record) => {
    if (predicate.op !== "not" || !isComparison(predicate.term) || predicate.term.op === "eq")
      return undefined;
    const raw = rawOf(predicate.term, record);
    return raw === undefined || raw === null ? false : undefined;
  }),
  wrong("eq-true-matches-1", "eq(true) does not match 1", (predicate, record) => {
    if (predicate.op !== "eq" || typeof predicate.operand !== "boolean") return undefined;
    return rawOf(predicate, record) === Number(predicate.operand) ? true : undefined;
  }),
  wrong("eq-converts-text", 'eq(7) does not match "7"', (predicate, record) => {
    if (predicate.op !== "eq" || typeof predicate.operand !== "number") return undefined;
    return rawOf(predicate, record) === String(predicate.operand) ? true : undefined;
  }),
  wrong("text-eq-converts-numbers", 'eq("7") does not match 7', (predicate, record) => {
    if (predicate.op !== "eq" || typeof predicate.operand !== "string") return undefined;
    const raw = rawOf(predicate, record);
    return typeof raw === "number" && String(raw) === predicate.operand ? true : undefined;
  }),
  wrong("misfits-compared", "a misfit is compared with nothing", (predicate, record) => {
    const raw = rawOf(predicate, record);
    if (
      typeof raw !== "string" ||
      !isComparison(predicate) ||
      typeof predicate.operand !== "number"
    )
      return undefined;
    // As SQLite ranks its storage classes: any text is above any number.
    return predicate.op === "gt" || predicate.op === "gte" ? true : undefined;
  }),
  wrong("null-below-numbers", "null is compared with nothing", (predicate, record) => {
    if ((predicate.op !== "lt" && predicate.op !== "lte") || rawOf(predicate, record) !== null)
      return undefined;
    return true;
  }),
  wrong("null-is-absent", "exists sees an explicit null", (predicate, record) =>
    predicate.op === "exists" ? (rawOf(predicate, record) ?? null) !== null : undefined,
  ),
  wrong("absent-is-null", "isNull sees explicit nulls only", (predicate, record) =>
    predicate.op === "isNull" ? (rawOf(predicate, record) ?? null) === null : undefined,
  ),
  wrong("misfit-does-not-exist", "exists sees a misfit", (predicate, record) => {
    if (predicate.op !== "exists" || predicate.field.kind !== "integer") return undefined;
    const raw = rawOf(predicate, record);
    return raw === null || typeof raw === "number";
  }),
  wrong("in-nothing-matches-all", "in with an empty list matches nothing", (predicate) =>
    predicate.op === "in" && predicate.operands.length === 0 ? true : undefined,
  ),
  wrong("or-of-nothing-matches-all", "or of nothing matches nothing", (predicate) =>
    predicate.op === "or" && predicate.terms.length === 0 ? true : undefined,
  ),
  wrong("or-as-and", "or needs one of its terms", (predicate, record) =>
    predicate.op === "or" && predicate.terms.length > 1
      ? predicate.terms.every((term) => "field" in term && rawOf(term, record) !== undefined)
      : undefined,
  ),
  wrong("lt-is-lte", "lt leaves out the operand itself", (predicate, record) =>
    predicate.op === "lt" && rawOf(predicate, record) === predicate.operand ? true : undefined,
  ),
  wrong("gte-is-gt", "gte takes in the operand itself", (predicate, record) =>
    predicate.op === "gte" && rawOf(predicate, record) === predicate.operand ? false : undefined,
  ),
  wrong("comparisons-by-utf-16", "text is compared by UTF-8 bytes", (predicate, record) => {
    const raw = rawOf(predicate, record);
    if (
      typeof raw !== "string" ||
      !isComparison(predicate) ||
      typeof predicate.operand !== "string"
    )
      return undefined;
    if (predicate.op === "lt") return raw < predicate.operand;
    return predicate.op === "gt" ? raw > predicate.operand : undefined;
  }),
  inCollections(
    { name: "count-ignores-filter", breaks: "count() counts what the filter matches" },
    (inner) => ({
      count: async (where, options) => {
        await inner.count(where, options);
        return inner.count(undefined, options);
      },
    }),
  ),
  inCollections(
    { name: "iterate-ignores-filter", breaks: "iterate() streams what the filter matches" },
    (inner) => ({
      iterate: (query = {}) =>
        inner.iterate(query.signal === undefined ? {} : { signal: query.signal }),
    }),
  ),
  inCollections(
    { name: "unknown-fields-ignored", breaks: "a filter on an undeclared field is refused" },
    (inner, { definition }) => ({
      find: (query = {}) => {
        const { where, ...rest } = query;
        if (typeof where !== "object" || where === null || Array.isArray(where))
          return inner.find(query);
        const known = Object.entries(where).filter(
          ([name]) => ["and", "or", "not", "$key"].includes(name) || definition.fields.has(name),
        );
        return inner.find({ ...rest, where: Object.fromEntries(known) });
      },
    }),
  ),
  inCollections(
    { name: "wrong-operands-match-nothing", breaks: "an operand of another kind is refused" },
    (inner) => ({
      count: async (where, options) => {
        try {
          return await inner.count(where, options);
        } catch (error) {
          if (String(error).includes("cannot be compared with")) return 0;
          throw error;
        }
      },
    }),
  ),
];
