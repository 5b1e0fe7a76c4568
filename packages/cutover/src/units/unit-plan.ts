import { StorageError, type CollectionDefinition } from "@cutover/core";
import type { Unit } from "@cutover/engine";
import type { CutoverConfig, TeamOptions } from "../config/cutover-config.ts";
import { hopOf, unitNameOn } from "../hop/hop.ts";

/** A unit with the team that it belongs to. */
export interface ProjectUnit extends Unit {
  readonly team: string | undefined;
}

type Definitions = ReadonlyMap<string, CollectionDefinition>;

/** Collections by their names. */
export function definitionsOf(collections: readonly CollectionDefinition[]): Definitions {
  return new Map(collections.map((collection) => [collection.name, collection]));
}

/** The definition of a name. @throws StorageError CONFIG_INVALID */
export function definitionNamed(definitions: Definitions, name: string): CollectionDefinition {
  const definition = definitions.get(name);
  if (definition !== undefined) return definition;
  throw new StorageError("CONFIG_INVALID", `there is no collection "${name}" in the config`, {
    collection: name,
  });
}

/** The lists of a team's collections that move as one, in the order in which they are named. */
function listsOf({ collections, together = [] }: TeamOptions): (readonly string[])[] {
  const joined = new Set(together.flat());
  return [...together, ...collections.filter((name) => !joined.has(name)).map((name) => [name])];
}

/** Where the team stands, for messages. */
function placeOf(team: string, configFile: string | undefined): string {
  return `\`teams.${team}\` of ${configFile ?? "the config"}`;
}

/**
 * The units that a config describes: those of its teams, and each other collection by itself.
 *
 * @throws StorageError CONFIG_INVALID for a team's collection that there is not
 */
export function plannedUnits(
  { collections, teams = {}, hop: own }: Pick<CutoverConfig, "collections" | "teams" | "hop">,
  configFile?: string,
): ProjectUnit[] {
  const hop = hopOf(own === undefined ? {} : { hop: own });
  const definitions = definitionsOf(collections);
  const units = Object.entries(teams).flatMap(([team, options]) =>
    listsOf(options).map((names) => ({
      name: unitNameOn(hop, `${team}/${names.join("+")}`),
      team,
      collections: names.map((name) => definitionNamed(definitions, name)),
      configuredAt: placeOf(team, configFile),
    })),
  );
  const owned = new Set(units.flatMap((unit) => unit.collections));
  const alone = collections
    .filter((collection) => !owned.has(collection))
    .map((collection) => ({
      name: unitNameOn(hop, collection.name),
      team: undefined,
      collections: [collection],
    }));
  return [...units, ...alone];
}
