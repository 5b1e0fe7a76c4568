import type { RecordStats } from "./record-stats.ts";

/** The key of an array's records, or why there is none. */
export interface KeyChoice {
  readonly key: string | undefined;
  readonly notes: readonly string[];
}

/** Names that mostly mean a key, best first. */
const preferred = [
  "id",
  "key",
  "uuid",
  "guid",
  "_id",
  "slug",
  "name",
  "filename",
  "file",
  "path",
  "code",
];
/** Longer text is a description that happens to differ. */
const longestKey = 256;

function rank(name: string): number {
  const place = preferred.indexOf(name.toLowerCase());
  if (place >= 0) return place;
  return /(_id|Id|_key|Key|_name|Name)$/.test(name) ? preferred.length : preferred.length + 1;
}

function isPlausible(stats: RecordStats, name: string): boolean {
  const member = stats.members.get(name);
  return member !== undefined && member.forms.size === 0 && member.longestText <= longestKey;
}

function numericIds(stats: RecordStats): string[] {
  return [...stats.members]
    .filter(
      ([name, member]) => rank(name) <= preferred.length && (member.kinds.get("integer") ?? 0) > 0,
    )
    .map(([name]) => name);
}

/** Chooses the member that holds each record's key. */
export function chooseKey(stats: RecordStats): KeyChoice {
  if (stats.records === 0) {
    return {
      key: undefined,
      notes: [
        "the array is empty, so it does not tell which member is the key; name it with `key`",
      ],
    };
  }
  if (stats.objects < stats.records) {
    const others = stats.records - stats.objects;
    return { key: undefined, notes: [`${others} of ${stats.records} elements are no objects`] };
  }
  const candidates = stats.keyCandidates
    .filter((name) => isPlausible(stats, name))
    .toSorted((one, other) => rank(one) - rank(other));
  const [key, ...others] = candidates;
  const numbers = numericIds(stats)
    .map((name) => `\`${name}\``)
    .join(", ");
  if (key !== undefined) {
    const also = others.map((name) => `\`${name}\``).join(", ");
    const notes = others.length === 0 ? [] : [`the key could also be ${also}`];
    if (numbers !== "" && rank(key) > 0) {
      notes.push(
        `\`${key}\` was taken for the key because ${numbers} holds numbers, and keys must be text; ` +
          `make sure that no two records will ever have the same \`${key}\``,
      );
    }
    return { key, notes };
  }
  const why =
    numbers === ""
      ? "no member is in all records, as text, each another one"
      : `${numbers} holds numbers, and keys must be text`;
  return { key: undefined, notes: [`no member can be the key: ${why}`] };
}
