import { uniqueClaim, type CollectionDefinition, type JsonValue } from "@cutover/core";

/** What the records of a collection claim under its unique constraints, as they come by. */
export class UniqueClaims {
  readonly #definition: CollectionDefinition;
  readonly #claims: ReadonlyMap<string, Set<string>>;

  constructor(definition: CollectionDefinition) {
    this.#definition = definition;
    this.#claims = new Map(definition.unique.map(({ name }) => [name, new Set<string>()]));
  }

  /** Takes the record in, unless an earlier one has what it claims. @returns the constraint that clashed */
  clash(key: string, value: JsonValue): string | undefined {
    const claims = this.#definition.unique.map((constraint) => ({
      name: constraint.name,
      claim: uniqueClaim(constraint, key, value),
    }));
    for (const { name, claim } of claims) {
      if (claim !== undefined && this.#claims.get(name)?.has(claim) === true) return name;
    }
    for (const { name, claim } of claims) {
      if (claim !== undefined) this.#claims.get(name)?.add(claim);
    }
    return undefined;
  }
}
