import type { CollectionDefinition } from "@cutover/core";
import type { CutoverConfig } from "./cutover-config.ts";
import type { OptionProblem } from "./option-problem.ts";
import { suggestion } from "./suggestion.ts";
import { comparatorProblems } from "./comparator-problems.ts";
import { hopProblems } from "./hop-problems.ts";
import { teamProblems } from "./team-problems.ts";

type Members = Readonly<Record<string, unknown>>;

interface OptionRule {
  readonly test: (value: unknown) => boolean;
  readonly wanted: string;
  readonly members?: Readonly<Record<string, OptionRule>>;
}

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const oneOf = (...words: readonly string[]): OptionRule => ({
  test: (value) => typeof value === "string" && words.includes(value),
  wanted: words.map((word) => `"${word}"`).join(" or "),
});

const milliseconds: OptionRule = {
  test: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  wanted: "a whole number of milliseconds from 0",
};

const bytes: OptionRule = { ...milliseconds, wanted: "a whole number of bytes from 0" };

const flag: OptionRule = { test: (value) => typeof value === "boolean", wanted: "true or false" };

const positive = (what: string): OptionRule => ({
  test: (value) => typeof value === "number" && Number.isFinite(value) && value > 0,
  wanted: `a number of ${what} above 0`,
});

const group = (members: Readonly<Record<string, OptionRule>>): OptionRule => ({
  test: isMembers,
  wanted: "an object",
  members,
});

const isPathInside = (value: unknown): boolean =>
  typeof value === "string" &&
  value !== "" &&
  !/^[/\\]|^[A-Za-z]:|\\|\0|(^|\/)\.{1,2}(\/|$)|\/\/|\/$|^\.cutover(\/|$)/.test(value);

const options: Readonly<Record<keyof CutoverConfig, OptionRule>> = {
  folder: {
    test: (value) => typeof value === "string" && value !== "" && !value.includes("\0"),
    wanted: "the path of a folder",
  },
  backend: oneOf("json", "sqlite"),
  database: {
    test: isPathInside,
    wanted: 'a file path inside the data folder, relative and with "/"',
  },
  collections: { test: Array.isArray, wanted: "an array of collections" },
  json: group({
    newFiles: group({
      indent: {
        test: (value) => typeof value === "string" && /^[ \t]*$/.test(value),
        wanted: "spaces or tabs",
      },
      ascii: flag,
      trailingNewline: flag,
    }),
    lockTimeoutMs: milliseconds,
    cacheBytes: bytes,
    maxFileBytes: bytes,
  }),
  sqlite: group({ synchronous: oneOf("full", "normal"), lockTimeoutMs: milliseconds }),
  hop: group({ from: oneOf("json", "sqlite"), to: oneOf("sqlite", "postgres") }),
  postgres: group({
    urlVariable: {
      test: (value) => typeof value === "string" && /^[A-Za-z_]\w*$/.test(value),
      wanted:
        "the name of an environment variable, such as DATABASE_URL; the address itself holds a password, and belongs in no file",
    },
    schema: {
      test: (value) => typeof value === "string" && /^(?!pg_)[a-z_][a-z0-9_]{0,54}$/.test(value),
      wanted: "up to 55 of a to z, 0 to 9 and _, not beginning with a digit or pg_",
    },
    engine: oneOf("postgresql", "cockroachdb", "yugabytedb"),
    durability: oneOf("power-loss", "process-crash"),
    poolSize: {
      test: (value) => Number.isSafeInteger(value) && Number(value) >= 2,
      wanted: "a whole number from 2",
    },
    lockTimeoutMs: milliseconds,
  }),
  // What is inside depends on the collections, and is looked at with them.
  teams: { test: isMembers, wanted: "an object of teams" },
  cutover: group({
    freshMinutes: positive("minutes"),
    reverseWindowDays: {
      test: (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
      wanted: "a number of days from 0",
    },
    switchDeadlineMs: positive("milliseconds"),
    mostDirty: { ...milliseconds, wanted: "a whole number of records from 0" },
    maxDirty: {
      test: (value) => Number.isSafeInteger(value) && Number(value) > 0,
      wanted: "a whole number of records from 1",
    },
    sampling: {
      test: (value) => typeof value === "number" && value >= 0 && value <= 1,
      wanted: "a number from 0 to 1",
    },
    compare: { test: isMembers, wanted: "an object of comparators, by collection" },
    automaticReverse: {
      test: (value) => value === false || isMembers(value),
      wanted: "false or an object",
      members: {
        mismatches: { ...milliseconds, wanted: "a whole number" },
        withinMs: milliseconds,
        coolDownMs: milliseconds,
        mostInARow: { ...milliseconds, wanted: "a whole number" },
      },
    },
    stageRequest: {
      test: (value) => typeof value === "function",
      wanted: "a function from a unit's name to a stage",
    },
    autoMigrate: {
      test: (value) => typeof value === "boolean" || isMembers(value),
      wanted: "true, false or { mostBytes: … }",
      members: { mostBytes: bytes },
    },
  }),
};

function* optionProblems(
  value: Members,
  rules: Readonly<Record<string, OptionRule>>,
  prefix: string,
): Generator<OptionProblem> {
  for (const [name, found] of Object.entries(value)) {
    const path = `${prefix}${name}`;
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      const hint = suggestion(name, Object.keys(rules));
      yield { path, message: `there is no option \`${path}\`; ${hint}` };
    } else if (found === undefined) continue;
    else if (!rule.test(found)) yield { path, message: `\`${path}\` must be ${rule.wanted}` };
    else if (rule.members !== undefined && isMembers(found)) {
      yield* optionProblems(found, rule.members, `${path}.`);
    }
  }
}

function isDefinition(value: unknown): value is CollectionDefinition {
  return (
    isMembers(value) &&
    typeof value["name"] === "string" &&
    value["fields"] instanceof Map &&
    isMembers(value["file"]) &&
    Array.isArray(value["indexes"])
  );
}

/** Two collections over the same records would overwrite one another. */
function* collectionProblems(collections: readonly unknown[]): Generator<OptionProblem> {
  const names = new Set<string>();
  const places = new Map<string, string>();
  for (const [index, value] of collections.entries()) {
    if (!isDefinition(value)) {
      const message = `\`collections[${index}]\` is no collection; make it with defineCollection({ name: … })`;
      yield { path: "collections", message };
      continue;
    }
    const { name, file } = value;
    if (names.has(name)) {
      yield { path: "collections", message: `two collections are called "${name}"` };
    }
    names.add(name);
    const place = JSON.stringify([file.path, ...file.at]);
    const other = places.get(place);
    if (other !== undefined && other !== name) {
      const message = `collections "${other}" and "${name}" both lie at the same place of ${file.path}; give one another \`file\``;
      yield { path: "collections", message };
    }
    places.set(place, name);
  }
}

function* configProblems(value: Members): Generator<OptionProblem> {
  yield* optionProblems(value, options, "");
  yield* hopProblems(value);
  const { collections, database } = value;
  if (collections === undefined) {
    yield { path: "", message: "`collections` is missing: list what lies in the data folder" };
  }
  if (!Array.isArray(collections)) return;
  yield* collectionProblems(collections);
  const names = collections.filter(isDefinition).map(({ name }) => name);
  if (isMembers(value["teams"])) yield* teamProblems(value["teams"], names);
  const { cutover } = value;
  const compare = isMembers(cutover) ? cutover["compare"] : undefined;
  if (isMembers(compare)) yield* comparatorProblems(compare, names);
  const taken = collections.find((one) => isDefinition(one) && one.file.path === database);
  if (isDefinition(taken)) {
    const message = `\`database\` names the JSON file of collection "${taken.name}"`;
    yield { path: "database", message };
  }
}

function isUsable(value: Members): value is Members & CutoverConfig {
  return configProblems(value).next().done === true;
}

/** A config that can be used, or everything that keeps it from being used. */
export type CheckedConfig =
  | { readonly config: CutoverConfig; readonly problems?: never }
  | { readonly problems: readonly OptionProblem[] };

/** Checks what a config file exports, or an application passes. */
export function checkConfig(value: unknown): CheckedConfig {
  if (!isMembers(value)) {
    return { problems: [{ path: "", message: "the config must be an object" }] };
  }
  return isUsable(value) ? { config: value } : { problems: [...configProblems(value)] };
}
