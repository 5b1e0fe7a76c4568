import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import { baseName, normalisedName } from "../names/model-name.ts";
import { similarity } from "../names/similarity.ts";
import type { Stores } from "../stores/stores.ts";

/** What is looked for. */
export interface FuzzyQuery {
  readonly filename: string;
  /** From 0 to 1; what is less alike is no match. */
  readonly threshold: number;
}

const mostMatches = 5;

interface Match {
  readonly name: string;
  readonly record: JsonValue;
  readonly alike: number;
}

function characterCounts(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return counts;
}

/** One spelling that is looked for; most names are passed over by a bound that is cheap to compute. */
class Wanted {
  readonly #plain: string;
  readonly #counts: ReadonlyMap<string, number>;

  constructor(name: string) {
    this.#plain = normalisedName(name);
    this.#counts = characterCounts(this.#plain);
  }

  similarityTo(plain: string, threshold: number): number {
    if (plain === "" || this.#plain === "") return 0;
    return this.#bound(plain) < threshold ? 0 : similarity(this.#plain, plain);
  }

  /** No two texts are more alike than their characters, in whatever order. */
  #bound(plain: string): number {
    let common = 0;
    const left = new Map(this.#counts);
    for (const character of plain) {
      const count = left.get(character) ?? 0;
      if (count === 0) continue;
      left.set(character, count - 1);
      common += character.length;
    }
    return (2 * common) / (this.#plain.length + plain.length);
  }
}

function shown({ name, record, alike }: Match): JsonObject {
  const { url = null, source = null } = isJsonObject(record) ? record : {};
  return { filename: name, similarity: Math.round(alike * 1000) / 1000, url, source };
}

/**
 * The models whose names are most like a name, or like what the aliases make of it, best first,
 * at most five; of equally good ones the first in the store.
 */
export async function fuzzyMatches(
  stores: Stores,
  { filename, threshold }: FuzzyQuery,
): Promise<JsonObject[]> {
  const base = baseName(filename);
  const names = new Set([base, await stores.aliases.resolve(base)]);
  const wanted = Array.from(names, (name) => new Wanted(name));
  const found: Match[] = [];
  for await (const { key, value } of stores.models.iterate()) {
    const plain = normalisedName(key);
    const alike = Math.max(...wanted.map((one) => one.similarityTo(plain, threshold)));
    if (alike > 0 && alike >= threshold) found.push({ name: key, record: value, alike });
  }
  const best = found.toSorted((one, other) => other.alike - one.alike);
  return best.slice(0, mostMatches).map((match) => shown(match));
}
