import type { FieldDeclaration } from "@cutover/core";
import { chooseKey } from "./choose-key.ts";
import type { CollectionProposal } from "./collection-proposal.ts";
import { freeIdentifier, snakeCase } from "./column-name.ts";
import type { FileShape } from "./file-shape.ts";
import type { MemberStats } from "./member-stats.ts";
import { proposeField } from "./propose-field.ts";
import type { RecordStats } from "./record-stats.ts";

/** What a file suggests. */
export interface Proposed {
  /** Undefined where something has to be decided first. */
  readonly proposal: CollectionProposal | undefined;
  readonly notes: readonly string[];
}

type Fields = Record<string, FieldDeclaration>;

const operators: ReadonlySet<string> = new Set(["and", "or", "not", "$key"]);
const mostIndexes = 5;
const mostSearched = 4;
const fewestIndexed = 10;
const grouping =
  /(^|[_-])(status|state|type|kind|category|source|level|role|tag|group)$|Type$|Kind$/i;
const searchable =
  /(^|[_-])(name|title|description|summary|content|text|filename|label|comment|note|message|subject|body)$|(Name|Title)$/i;

function declare(stats: RecordStats): { fields: Fields; notes: string[] } {
  const fields: Fields = {};
  const notes: string[] = [];
  const columns = new Set<string>();
  for (const [name, member] of stats.members) {
    if (operators.has(name)) {
      notes.push(`\`${name}\` is an operator of filters, so it was not declared`);
      continue;
    }
    const { field, notes: found } = proposeField(name, member);
    notes.push(...found);
    if (field === undefined) continue;
    const column = freeIdentifier(name, columns, "field");
    const isUsual = column === snakeCase(name);
    Object.defineProperty(fields, name, {
      value: isUsual ? field : { ...field, column },
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return { fields, notes };
}

/** Text with few different values, each in many records; and times. */
function isWorthAnIndex(name: string, stats: RecordStats, kind: string | undefined): boolean {
  const member = stats.members.get(name);
  if (member === undefined || stats.records < fewestIndexed) return false;
  if (kind === "timestamp") return true;
  const { distinct } = member;
  if (kind !== "text" || distinct === undefined || distinct < 2) return false;
  return grouping.test(name) || distinct <= stats.records / 50;
}

function isFalling(member: MemberStats | undefined): boolean {
  return member !== undefined && member.falling > 0 && member.falling >= 20 * member.rising;
}

/** Maps whose members are keys rather than names would give a column per key. */
function usesNamesAsKeys(stats: RecordStats): boolean {
  if (stats.hasManyMembers) return true;
  const present = [...stats.members.values()].reduce((sum, member) => sum + member.present, 0);
  return stats.members.size > 40 && present < 0.1 * stats.members.size * stats.objects;
}

/** The fields of a file's records: none where its records are no objects. */
function fieldsFor(
  kind: FileShape["kind"],
  stats: RecordStats,
): { fields: Fields; notes: string[] } {
  if (kind === "settings" || stats.objects === 0) return { fields: {}, notes: [] };
  const notes: string[] = [];
  if (stats.objects < stats.records) {
    notes.push(
      `${stats.records - stats.objects} of ${stats.records} records are no objects; they are kept as they are`,
    );
  }
  if (usesNamesAsKeys(stats)) {
    notes.push("the records' members look like keys, not like names, so no fields were declared");
    return { fields: {}, notes };
  }
  const declared = declare(stats);
  return { fields: declared.fields, notes: [...notes, ...declared.notes] };
}

/** What to define for a file, by what was seen of it. */
export function proposeCollection(
  name: string,
  file: FileShape & { readonly path: string },
  stats: RecordStats,
): Proposed {
  const { path, shape, at, kind } = file;
  const { key, notes } = shape === "array" ? chooseKey(stats) : { key: undefined, notes: [] };
  if (shape === "array" && key === undefined) return { proposal: undefined, notes };
  const { fields, notes: fieldNotes } = fieldsFor(kind, stats);
  const names = Object.keys(fields);
  const kindOf = (member: string): string | undefined => fields[member]?.kind;
  const indexes = names.filter((member) => isWorthAnIndex(member, stats, kindOf(member)));
  const search = names.filter((member) => kindOf(member) === "text" && searchable.test(member));
  const isNewestFirst =
    shape === "array" &&
    names.some((member) => kindOf(member) === "timestamp" && isFalling(stats.members.get(member)));
  return {
    proposal: {
      name,
      ...(key === undefined ? {} : { key }),
      fields,
      indexes: indexes.filter((member) => member !== key).slice(0, mostIndexes),
      search: search.slice(0, mostSearched),
      order: isNewestFirst ? "prepend" : "append",
      file: { path, shape, at },
    },
    notes: [...notes, ...fieldNotes],
  };
}
