import type { CollectionDefinition } from "@cutover/core";
import { printable } from "../output/printable.ts";
import { collectionSource } from "./collection-source.ts";

/** A collection with what a reader of the config should know about it. */
export interface CommentedCollection {
  readonly definition: CollectionDefinition;
  readonly comments: readonly string[];
}

/** What a config file is to say. */
export interface ConfigContent {
  readonly database: string;
  readonly collections: readonly CommentedCollection[];
  /** What was left out, and why. */
  readonly remarks: readonly string[];
}

const widest = 98;

/** Comment lines for a text that may hold anything: nothing of it can end the comment. */
function commentLines(text: string, indent: string): string[] {
  const words = printable(text.replaceAll(/\s+/g, " ")).split(" ");
  const lines: string[] = [];
  let line = `${indent}//`;
  for (const word of words) {
    if (line.length + 1 + word.length > widest && line !== `${indent}//`) {
      lines.push(line);
      line = `${indent}//  `;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function importLine(collections: readonly CommentedCollection[]): string[] {
  const kinds = collections.flatMap(({ definition }) =>
    [...definition.fields.values()].map((field) => field.kind),
  );
  const names = [
    "defineConfig",
    ...(collections.length === 0 ? [] : ["defineCollection"]),
    ...kinds,
  ];
  const sorted = [...new Set<string>(names)].toSorted();
  const line = `import { ${sorted.join(", ")} } from "cutover";`;
  if (line.length <= 100) return [line];
  return ["import {", ...sorted.map((name) => `  ${name},`), '} from "cutover";'];
}

/** The text of a config file: loading it gives the same definitions back. */
export function configSource({ database, collections, remarks }: ConfigContent): string {
  const blocks = collections.flatMap(({ definition, comments }) => [
    ...comments.flatMap((comment) => commentLines(comment, "    ")),
    ...collectionSource(definition, "    "),
  ]);
  const body =
    blocks.length === 0 ? ["  collections: [],"] : ["  collections: [", ...blocks, "  ],"];
  return [
    "// What is declared here becomes columns, indexes and filters of the database. Members that",
    "// are not declared, and values that do not fit, are kept all the same.",
    ...importLine(collections),
    "",
    "export default defineConfig({",
    `  database: ${JSON.stringify(database)},`,
    ...body,
    "});",
    ...(remarks.length === 0 ? [] : ["", "// Left out, to be decided by you:"]),
    ...remarks.flatMap((remark) => commentLines(`- ${remark}`, "")),
    "",
  ].join("\n");
}
