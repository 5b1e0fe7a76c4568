import type {
  CollectionDefinition,
  UniqueConstraint,
} from "../definition/collection-definition.ts";
import { fieldScalar } from "../definition/member.ts";
import type { JsonValue } from "../values/json.ts";

/** The values a record claims under a constraint as one string, or undefined when it claims none. */
export function uniqueClaim(
  constraint: UniqueConstraint,
  key: string,
  value: JsonValue,
): string | undefined {
  const values = constraint.fields.map((field) => fieldScalar(field, key, value));
  // Null, absent and misfit never clash.
  return values.includes(null) ? undefined : JSON.stringify(values);
}

/** Who holds which unique values, for adapters that keep their records in memory. */
export class UniqueIndex {
  private readonly constraints: readonly UniqueConstraint[];
  private readonly owners: ReadonlyMap<string, Map<string, string>>;

  constructor(definition: CollectionDefinition) {
    this.constraints = definition.unique;
    this.owners = new Map(definition.unique.map((constraint) => [constraint.name, new Map()]));
  }

  add(key: string, value: JsonValue): void {
    for (const constraint of this.constraints) {
      const claim = uniqueClaim(constraint, key, value);
      if (claim !== undefined) this.owners.get(constraint.name)?.set(claim, key);
    }
  }

  remove(key: string, value: JsonValue): void {
    for (const constraint of this.constraints) {
      const claim = uniqueClaim(constraint, key, value);
      const owners = this.owners.get(constraint.name);
      if (claim !== undefined && owners?.get(claim) === key) owners.delete(claim);
    }
  }

  /** The key that holds a claim. */
  owner(constraint: UniqueConstraint, claim: string): string | undefined {
    return this.owners.get(constraint.name)?.get(claim);
  }

  clear(): void {
    for (const owners of this.owners.values()) owners.clear();
  }
}
