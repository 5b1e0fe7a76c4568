import { isDeepStrictEqual } from "node:util";
import type { CollectionDefinition, JsonValue } from "cutover";
import { isMembers, plainRecords } from "./plain-files.ts";
import { counterKey } from "./traffic/client.ts";
import type { Subject } from "./traffic/subject.ts";
import type { Promised } from "./traffic/traffic.ts";

/** Records of one collection, by key, in the order of its file. */
export type Records = ReadonlyMap<string, JsonValue>;

/** What the files at the end were held against. */
export interface Expectation {
  /** All collections, as their files were before anything began. */
  readonly before: ReadonlyMap<string, Records>;
  readonly promised: Promised;
  readonly subjects: readonly Pick<Subject, "definition">[];
}

/** How the files at the end compare with what they have to hold. */
export interface EndReport {
  readonly records: number;
  /** Acknowledged writes whose outcome was looked up. */
  readonly promises: number;
  /** Of records: missing, left over, changed, or in another order than before. */
  readonly differences: readonly string[];
}

/** Reads every collection as it lies in its file. */
export async function allRecords(
  folder: string,
  collections: readonly CollectionDefinition[],
): Promise<Map<string, Records>> {
  const found = new Map<string, Records>();
  for (const definition of collections)
    found.set(definition.name, await plainRecords(folder, definition));
  return found;
}

/** The records that have to be there at the end: those of before, changed by what was acknowledged. */
function wantedOf({ before, promised }: Expectation): Map<string, Map<string, JsonValue>> {
  const wanted = new Map([...before].map(([name, records]) => [name, new Map(records)]));
  for (const { collection, key, value } of promised.entries) {
    if (value === undefined) wanted.get(collection)?.delete(key);
    else wanted.get(collection)?.set(key, value);
  }
  return wanted;
}

function compare(name: string, wanted: Records, found: Records): string[] {
  const differences: string[] = [];
  for (const [key, value] of wanted) {
    if (!found.has(key)) differences.push(`${name} ${key} is missing`);
    else if (!isDeepStrictEqual(found.get(key), value)) differences.push(`${name} ${key} differs`);
  }
  for (const key of found.keys()) {
    if (!wanted.has(key)) differences.push(`${name} ${key} was not there, and nobody wrote it`);
  }
  return differences;
}

/** Records that were there before and never written lie in the order they always had. */
function reordered(name: string, before: Records, found: Records): string[] {
  const still = [...before.keys()].filter((key) => found.has(key));
  const now = [...found.keys()].filter((key) => before.has(key));
  return still.flatMap((key, at) => (now[at] === key ? [] : [`${name} ${key} was moved`]));
}

function counter({ subjects, promised }: Expectation, found: Records): string[] {
  const record = found.get(counterKey);
  const counted = isMembers(record) ? Number(record["demo"]) : 0;
  if (counted === promised.counted) return [];
  const name = subjects[0]?.definition.name ?? "";
  return [`${name} ${counterKey} says ${counted}, and ${promised.counted} were acknowledged`];
}

/** Holds what lies in the files against what was there and every write that was acknowledged since. */
export function compareEnd(expected: Expectation, files: ReadonlyMap<string, Records>): EndReport {
  const counterIn = expected.subjects[0]?.definition.name;
  const differences: string[] = [];
  let records = 0;
  for (const [name, wanted] of wantedOf(expected)) {
    const found = new Map(files.get(name));
    records += found.size;
    if (name === counterIn) differences.push(...counter(expected, found));
    if (name === counterIn) found.delete(counterKey);
    differences.push(...compare(name, wanted, found));
    differences.push(...reordered(name, expected.before.get(name) ?? new Map(), found));
  }
  return { records, promises: expected.promised.entries.length, differences };
}
