import type { OptionProblem } from "./option-problem.ts";
import { collectionSuggestion, suggestion } from "./suggestion.ts";

type Members = Readonly<Record<string, unknown>>;

const known = ["ignore", "clean"];

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function* ofOne(path: string, comparator: unknown): Generator<OptionProblem> {
  if (!isMembers(comparator)) {
    yield { path, message: `\`${path}\` must be an object with \`ignore\` or \`clean\`` };
    return;
  }
  for (const member of Object.keys(comparator).filter((found) => !known.includes(found))) {
    const message = `there is no option \`${path}.${member}\`; ${suggestion(member, known)}`;
    yield { path: `${path}.${member}`, message };
  }
  const { ignore = [], clean } = comparator;
  if (!Array.isArray(ignore) || !ignore.every((name) => typeof name === "string")) {
    yield { path, message: `\`${path}.ignore\` must be an array of members' names` };
  }
  if (clean !== undefined && typeof clean !== "function") {
    yield { path, message: `\`${path}.clean\` must be a function from a value to a value` };
  }
}

/** What is wrong with the comparators of a config. @param collections - the names of all collections */
export function* comparatorProblems(
  compare: Members,
  collections: readonly string[],
): Generator<OptionProblem> {
  for (const [name, comparator] of Object.entries(compare)) {
    const path = `cutover.compare.${name}`;
    if (!collections.includes(name)) {
      const message = `\`${path}\` is of no collection; ${collectionSuggestion(name, collections)}`;
      yield { path, message };
    }
    yield* ofOne(path, comparator);
  }
}
