import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { CollectionDefinition, JsonValue } from "cutover";
import { isMembers, plainRecords, type Members } from "../plain-files.ts";

/** A collection that the demo's clients write to. */
export interface Subject {
  readonly definition: CollectionDefinition;
  /** What its records look like: new ones are made like the first. */
  readonly template: Members;
  /** What lies in it from the beginning; no client changes any of it. */
  readonly originals: ReadonlyMap<string, JsonValue>;
}

/** Keys of records that the demo makes. */
export const demoPrefix = "demo-";

const most = 4;
/** Every write to a JSON file rewrites it: clients of larger ones would mostly wait for the disk. */
const mostBytes = 1_000_000;

async function sizeOf(folder: string, { file }: CollectionDefinition): Promise<number> {
  return (await stat(join(folder, file.path)).catch(() => undefined))?.size ?? Infinity;
}

async function subjectOf(
  folder: string,
  definition: CollectionDefinition,
): Promise<Subject | undefined> {
  // A record that expires, or takes another one's unique value, would fail for a good reason.
  if (definition.unique.length > 0 || definition.expiry !== undefined) return undefined;
  const records = await plainRecords(folder, definition).catch(() => undefined);
  const originals = new Map([...(records ?? [])].filter(([key]) => !key.startsWith(demoPrefix)));
  const template = [...originals.values()].find(isMembers);
  return template === undefined ? undefined : { definition, template, originals };
}

/** The smallest collections of records, of which new ones can be made; the last two move together. */
export async function subjectsOf(
  folder: string,
  collections: readonly CollectionDefinition[],
): Promise<Subject[]> {
  const sized = await Promise.all(
    collections.map(async (definition) => ({
      definition,
      bytes: await sizeOf(folder, definition),
    })),
  );
  const small = sized
    .filter(({ bytes }) => bytes <= mostBytes)
    .toSorted((one, other) => one.bytes - other.bytes);
  const found = await Promise.all(small.map(({ definition }) => subjectOf(folder, definition)));
  return found.filter((subject) => subject !== undefined).slice(0, most);
}

/** A record like those of the collection, told apart by `demo`. */
export function recordOf({ definition, template }: Subject, key: string, demo: JsonValue): Members {
  const { keyMember } = definition;
  return { ...template, ...(keyMember === undefined ? {} : { [keyMember]: key }), demo };
}
