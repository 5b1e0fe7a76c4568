import type { CollectionDefinition, Field, FileMapping } from "@cutover/core";
import { snakeCase } from "../inspect/column-name.ts";
import { widthOf } from "../output/printable.ts";

/** Widest line of generated source. */
const lineWidth = 100;

const quote = (text: string): string => JSON.stringify(text);

/** A member's name in an object literal; `__proto__` must not become the prototype. */
function memberName(name: string): string {
  if (name === "__proto__") return `["__proto__"]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}

function fieldSource({ member, column, kind, as }: Field): string {
  const options = [
    ...(as === undefined ? [] : [`as: ${quote(as)}`]),
    ...(column === snakeCase(member) ? [] : [`column: ${quote(column)}`]),
  ];
  const call = options.length === 0 ? `${kind}()` : `${kind}({ ${options.join(", ")} })`;
  return `${memberName(member)}: ${call},`;
}

function groupSource(fields: readonly Field[]): string {
  const names = fields.map((field) => quote(field.member));
  return names.length === 1 ? (names[0] ?? "") : `[${names.join(", ")}]`;
}

/** `name: [items],` on one line where it fits, else an item a line. */
function listSource(name: string, items: readonly string[], indent: string): string[] {
  if (items.length === 0) return [];
  const line = `${name}: [${items.join(", ")}],`;
  if (widthOf(indent) + widthOf(line) <= lineWidth) return [line];
  return [`${name}: [`, ...items.map((item) => `  ${item},`), "],"];
}

function fileSource(name: string, { path, shape, at }: FileMapping): string[] {
  const parts = [
    ...(path === `${name}.json` ? [] : [`path: ${quote(path)}`]),
    ...(shape === "object" ? [] : [`shape: ${quote(shape)}`]),
    ...(at.length === 0 ? [] : [`at: [${at.map(quote).join(", ")}]`]),
  ];
  return parts.length === 0 ? [] : [`file: { ${parts.join(", ")} },`];
}

/** The source of one `defineCollection` call that gives this definition back, line by line. */
export function collectionSource(definition: CollectionDefinition, indent: string): string[] {
  const { name, keyMember, unique, indexes, search, expiry, order, file } = definition;
  const inner = `${indent}  `;
  const fields = [...definition.fields.values()].map((field) => `  ${fieldSource(field)}`);
  const body = [
    `name: ${quote(name)},`,
    ...(keyMember === undefined ? [] : [`key: ${quote(keyMember)},`]),
    ...(fields.length === 0 ? [] : ["fields: {", ...fields, "},"]),
    ...listSource(
      "unique",
      unique.map((one) => groupSource(one.fields)),
      inner,
    ),
    ...listSource("indexes", indexes.map(groupSource), inner),
    ...listSource(
      "search",
      search.map((field) => quote(field.member)),
      inner,
    ),
    ...(expiry === undefined ? [] : [`expiry: ${quote(expiry.member)},`]),
    ...(order === "append" ? [] : [`order: ${quote(order)},`]),
    ...fileSource(name, file),
  ];
  const lines = body.map((line) => `${inner}${line}`);
  return [`${indent}defineCollection({`, ...lines, `${indent}}),`];
}
