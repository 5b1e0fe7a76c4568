import type { JsonValue } from "@cutover/core";
import type { Comparison } from "./comparison.ts";
import { readSide, SideTrouble, type Role } from "./side-trouble.ts";

/** Records that cannot be read one by one; with more, the whole collection is taken for unreadable. */
const mostTroubles = 50;

/** Reads records by their keys; one that cannot be read does not keep the others from being read. */
export class RecordStates {
  private readonly comparison: Comparison;
  private readonly troubles = new Map<string, SideTrouble>();

  constructor(comparison: Comparison) {
    this.comparison = comparison;
  }

  /** Why a record could not be read. */
  troubleOf(key: string): SideTrouble | undefined {
    return this.troubles.get(key);
  }

  /** @throws SideTrouble when there is too much that cannot be read */
  async of(role: Role, keys: readonly string[]): Promise<ReadonlyMap<string, JsonValue>> {
    const { sides, collection } = this.comparison;
    if (keys.length === 0) return new Map();
    try {
      return await readSide(role, () => sides[role].states(collection, keys));
    } catch (error) {
      if (!(error instanceof SideTrouble)) throw error;
      return this.apart(role, keys, error);
    }
  }

  private async apart(
    role: Role,
    keys: readonly string[],
    error: SideTrouble,
  ): Promise<ReadonlyMap<string, JsonValue>> {
    const [key] = keys;
    if (keys.length === 1 && key !== undefined) {
      if (this.troubles.size >= mostTroubles) throw error;
      this.troubles.set(key, error);
      return new Map();
    }
    const middle = keys.length >>> 1;
    const first = await this.of(role, keys.slice(0, middle));
    const second = await this.of(role, keys.slice(middle));
    return new Map([...first, ...second]);
  }
}
