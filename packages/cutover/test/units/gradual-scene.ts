import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Two units of team `assets`; the third collection is a unit by itself. */
export const teams = { assets: { collections: ["models", "tags"] } } as const;

const collections = [
  { name: "models", fields: { name: { kind: "text" } } },
  { name: "tags" },
  { name: "logs" },
];

/** Writes the folder's config anew. */
export async function writeConfig(folder: string, more: object = { teams }): Promise<void> {
  const config = { database: "app.db", collections, ...more };
  await writeFile(join(folder, "cutover.config.json"), JSON.stringify(config, null, 2));
}

/** A data folder with records in two of its three collections, and a config beside them. */
export async function gradualFolder(more?: object, models = 40): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-units-"));
  await writeConfig(folder, more);
  const records = Array.from({ length: models }, (_, index) => [
    `m${index}`,
    { name: `Model ${index}` },
  ]);
  await writeFile(
    join(folder, "models.json"),
    JSON.stringify(Object.fromEntries(records), null, 2),
  );
  await writeFile(join(folder, "tags.json"), '{"red": {"n": 1}, "blue": {"n": 2}}');
  return folder;
}

/** What a JSON file of the folder holds. */
export async function fileIn(folder: string, name: string): Promise<Record<string, unknown>> {
  const value: Record<string, unknown> = JSON.parse(await readFile(join(folder, name), "utf8"));
  return value;
}
