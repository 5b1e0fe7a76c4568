import type { StandardSchemaV1 } from "@standard-schema/spec";
import { StorageError } from "../errors/storage-error.ts";
import type { JsonObject, JsonValue } from "../values/json.ts";
import type {
  CollectionDefinition,
  FileMapping,
  RecordOrder,
  UniqueConstraint,
} from "./collection-definition.ts";
import { isFieldKind, type Field, type FieldDeclaration } from "./field.ts";

/** Names of members that a collection's values may have. */
export type MemberName<V extends JsonValue> = V extends JsonObject
  ? Extract<keyof V, string>
  : string;

/** What a team writes to describe one collection. */
export interface CollectionOptions<V extends JsonValue = JsonValue> {
  /** Name of the collection and of its table: a lower-case letter, then letters, digits or `_`. */
  readonly name: string;
  /**
   * The member in which every record repeats its key. Declare it only where all records have it:
   * a record without it, or with another value in it, is then refused. Default: none.
   */
  readonly key?: MemberName<V>;
  /** Members that have a kind, and with it a column, filters and sorts. Default: none. */
  readonly fields?: { readonly [M in MemberName<V>]?: FieldDeclaration };
  /** Declared members, or groups of them, that must differ between records. Default: none. */
  readonly unique?: readonly (MemberName<V> | readonly MemberName<V>[])[];
  /** Declared members, or groups of them, to index. Default: none. */
  readonly indexes?: readonly (MemberName<V> | readonly MemberName<V>[])[];
  /** Declared text members that full-text search looks into. Default: none. */
  readonly search?: readonly MemberName<V>[];
  /** Declared timestamp at which a record is gone. Default: records never expire. */
  readonly expiry?: MemberName<V>;
  /** Default: `append`. */
  readonly order?: RecordOrder;
  /** The JSON file. Default: `<name>.json`, an object keyed by the records' keys. */
  readonly file?: {
    readonly path?: string;
    readonly shape?: "object" | "array";
    readonly at?: readonly string[];
  };
  /** A Standard Schema (zod, valibot, arktype, …) that every write must pass. Default: none. */
  readonly schema?: StandardSchemaV1<unknown, unknown>;
}

const identifier = /^[a-z][a-z0-9_]{0,62}$/;
const operatorNames: ReadonlySet<string> = new Set(["and", "or", "not", "$key"]);

/** Typed as a record so that an option cannot be added without being known here. */
const optionNames: Readonly<Record<keyof CollectionOptions, true>> = {
  name: true,
  key: true,
  fields: true,
  unique: true,
  indexes: true,
  search: true,
  expiry: true,
  order: true,
  file: true,
  schema: true,
};

function refuse(name: string, what: string): never {
  throw new StorageError("CONFIG_INVALID", `collection "${name}": ${what}`, { collection: name });
}

function snakeCase(member: string): string {
  return member
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+(?=[A-Za-z])/, "")
    .toLowerCase();
}

function columnFor(name: string, member: string, declared: string | undefined): string {
  const column = declared ?? snakeCase(member);
  if (identifier.test(column)) return column;
  return refuse(
    name,
    `"${column}" cannot be the column of member "${member}"; give it one with { column: "…" } ` +
      "(a lower-case letter, then at most 62 letters, digits or _)",
  );
}

/** A mistyped option would do nothing, and say nothing, where no compiler looks. */
function checkOptionNames(options: CollectionOptions): void {
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(optionNames, option));
  if (unknown === undefined) return;
  const known = Object.keys(optionNames).join(", ");
  refuse(options.name, `there is no option "${unknown}"; known are: ${known}`);
}

function fieldsOf(options: CollectionOptions): Map<string, Field> {
  const fields = new Map<string, Field>();
  const columns = new Map<string, string>();
  const declarations: readonly (readonly [string, FieldDeclaration | undefined])[] = Object.entries(
    options.fields ?? {},
  );
  for (const [member, declaration] of declarations) {
    if (declaration === undefined) continue;
    if (operatorNames.has(member))
      refuse(options.name, `"${member}" is an operator of filters and cannot be declared`);
    if (!isFieldKind(declaration.kind)) {
      refuse(options.name, `member "${member}" has no kind; declare it as text(), integer(), …`);
    }
    if (declaration.kind === "timestamp" && declaration.as === undefined) {
      refuse(options.name, `timestamp "${member}" must say how it is written, with { as: "…" }`);
    }
    const column = columnFor(options.name, member, declaration.column);
    const other = columns.get(column);
    if (other !== undefined) {
      refuse(
        options.name,
        `members "${other}" and "${member}" share the column "${column}"; give one another with { column: "…" }`,
      );
    }
    columns.set(column, member);
    fields.set(member, { ...declaration, member, column });
  }
  return fields;
}

/** Looks declared members up by name. */
class Members {
  private readonly name: string;
  private readonly fields: ReadonlyMap<string, Field>;

  constructor(name: string, fields: ReadonlyMap<string, Field>) {
    this.name = name;
    this.fields = fields;
  }

  one(member: string, role: string): Field {
    const field = this.fields.get(member);
    if (field !== undefined) return field;
    return refuse(this.name, `${role} names "${member}", which \`fields\` does not declare`);
  }

  comparable(member: string, role: string): Field {
    const field = this.one(member, role);
    if (field.kind === "json")
      refuse(this.name, `${role} names "${member}"; json cannot be compared`);
    return field;
  }

  group(members: string | readonly string[], role: string): readonly Field[] {
    const list = typeof members === "string" ? [members] : members;
    if (list.length === 0) refuse(this.name, `${role} has an empty group`);
    return list.map((member) => this.comparable(member, role));
  }
}

function fileMapping(options: CollectionOptions): FileMapping {
  const { path = `${options.name}.json`, shape = "object", at = [] } = options.file ?? {};
  if (path === "" || path.startsWith("/") || /^[A-Za-z]:|\\|(^|\/)\.\.(\/|$)/.test(path)) {
    refuse(
      options.name,
      `file path "${path}" must be relative, with "/", and stay inside the data folder`,
    );
  }
  if (shape === "array" && options.key === undefined) {
    refuse(options.name, "an array file needs `key`: the member that holds each record's key");
  }
  return { path, shape, at: [...at] };
}

function keyColumnOf(options: CollectionOptions, fields: ReadonlyMap<string, Field>): string {
  const taken = new Set([...fields.values()].map((field) => field.column));
  if (options.key !== undefined) {
    const field = fields.get(options.key);
    if (field !== undefined && field.kind !== "text")
      refuse(options.name, `key member "${options.key}" must be text`);
    return field?.column ?? columnFor(options.name, options.key, undefined);
  }
  return taken.has("key") ? "record_key" : "key";
}

function searchFields(options: CollectionOptions, members: Members): readonly Field[] {
  return (options.search ?? []).map((member) => {
    const field = members.one(member, "search");
    if (field.kind !== "text") refuse(options.name, `search names "${member}", which is not text`);
    return field;
  });
}

function expiryField(options: CollectionOptions, members: Members): Field | undefined {
  if (options.expiry === undefined) return undefined;
  const field = members.one(options.expiry, "expiry");
  if (field.kind !== "timestamp")
    refuse(options.name, `expiry "${options.expiry}" must be a timestamp`);
  return field;
}

function constraint(fields: readonly Field[]): UniqueConstraint {
  return { name: fields.map((field) => field.member).join(","), fields };
}

function build<V extends JsonValue>(options: CollectionOptions<V>): CollectionDefinition<V> {
  checkOptionNames(options);
  if (!identifier.test(options.name)) {
    refuse(
      options.name,
      "the name must be a lower-case letter, then at most 62 letters, digits or _",
    );
  }
  const fields = fieldsOf(options);
  const members = new Members(options.name, fields);
  return Object.freeze({
    name: options.name,
    keyMember: options.key,
    keyColumn: keyColumnOf(options, fields),
    fields,
    unique: (options.unique ?? []).map((group) => constraint(members.group(group, "unique"))),
    indexes: (options.indexes ?? []).map((group) => members.group(group, "indexes")),
    search: searchFields(options, members),
    expiry: expiryField(options, members),
    order: options.order ?? "append",
    file: fileMapping(options),
    schema: options.schema,
  });
}

/**
 * Describes one collection: its name, which members are typed, indexed, unique or searched, and
 * how it lies in a JSON file. Members that are not declared are kept all the same.
 *
 * @throws StorageError CONFIG_INVALID when parts of the description contradict each other
 * @example
 * const models = defineCollection<Model>({
 *   name: "models",
 *   fields: { source: text(), size: integer(), added: timestamp({ as: "iso-utc" }) },
 *   indexes: ["source"],
 * });
 */
export function defineCollection<V extends JsonValue = JsonValue>(
  options: CollectionOptions<V>,
): CollectionDefinition<V> {
  return build(options);
}
