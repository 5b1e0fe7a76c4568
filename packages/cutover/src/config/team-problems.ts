import type { OptionProblem } from "./option-problem.ts";
import { collectionSuggestion, suggestion } from "./suggestion.ts";

type Members = Readonly<Record<string, unknown>>;

const known = ["collections", "together"];

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === "string");

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Looks at teams one after another, and remembers whose a collection is. */
class TeamCheck {
  private readonly collections: readonly string[];
  private readonly owners = new Map<string, string>();

  constructor(collections: readonly string[]) {
    this.collections = collections;
  }

  *team(name: string, value: unknown): Generator<OptionProblem> {
    const path = `teams.${name}`;
    if (!/^[\w.-]+$/.test(name)) {
      yield {
        path: "teams",
        message: `a team's name has letters, digits, _ . and -: not "${name}"`,
      };
    }
    if (!isMembers(value)) {
      yield { path, message: `\`${path}\` must be an object with \`collections\`` };
      return;
    }
    for (const member of Object.keys(value).filter((found) => !known.includes(found))) {
      const why =
        member === "hop"
          ? "all teams of a folder are on one hop, each at its own pace: say `hop` beside `teams`"
          : suggestion(member, known);
      yield {
        path: `${path}.${member}`,
        message: `there is no option \`${path}.${member}\`; ${why}`,
      };
    }
    const { collections, together = [] } = value;
    if (!isNames(collections)) {
      const message = `\`${path}.collections\` must be an array of collections' names`;
      yield { path: `${path}.collections`, message };
      return;
    }
    yield* this.own(name, collections);
    yield* this.together(path, together, collections);
  }

  private *own(team: string, names: readonly string[]): Generator<OptionProblem> {
    const path = `teams.${team}.collections`;
    for (const name of names) {
      if (!this.collections.includes(name)) {
        const hint = collectionSuggestion(name, this.collections);
        yield { path, message: `\`${path}\` names "${name}", which is no collection; ${hint}` };
      }
      const other = this.owners.get(name);
      if (other !== undefined) {
        const whose =
          other === team ? `twice in team "${team}"` : `in the teams "${other}" and "${team}"`;
        yield { path, message: `collection "${name}" is ${whose}; it moves once, with one team` };
      }
      this.owners.set(name, team);
    }
  }

  private *together(
    team: string,
    lists: unknown,
    own: readonly string[],
  ): Generator<OptionProblem> {
    const path = `${team}.together`;
    if (!Array.isArray(lists) || !lists.every((list) => isNames(list) && list.length > 0)) {
      const message = `\`${path}\` must be an array of arrays of collections' names`;
      yield { path, message };
      return;
    }
    const seen = new Set<string>();
    for (const name of lists.flat()) {
      if (!own.includes(name)) {
        const message = `\`${path}\` names "${name}", which is no collection of this team; ${suggestion(name, own, "it has none")}`;
        yield { path, message };
      }
      if (seen.has(name)) {
        yield { path, message: `\`${path}\` names "${name}" twice; join its lists to one` };
      }
      seen.add(name);
    }
  }
}

/** What is wrong with the teams of a config. @param collections - the names of all collections */
export function* teamProblems(
  teams: Members,
  collections: readonly string[],
): Generator<OptionProblem> {
  const check = new TeamCheck(collections);
  for (const [name, value] of Object.entries(teams)) yield* check.team(name, value);
}
