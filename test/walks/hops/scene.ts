import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const collections = [{ name: "models", fields: { name: { kind: "text" } } }, { name: "tags" }];
const teams = { assets: { collections: ["models", "tags"] } };

/** So many models lie in the folder at first. */
export const firstModels = 40;

/** Writes a config for a folder, beside the others that it may have. @returns its path */
export async function writeConfig(folder: string, name: string, more: object): Promise<string> {
  const path = join(folder, `${name}.config.json`);
  const config = { folder: ".", database: "app.db", collections, teams, ...more };
  await writeFile(path, JSON.stringify(config, null, 2));
  return path;
}

/** A data folder with records in both of its collections. */
export async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-hops-"));
  const records = Array.from({ length: firstModels }, (_, index) => [
    `m${index}`,
    { name: `Model ${index}` },
  ]);
  await writeFile(join(folder, "models.json"), JSON.stringify(Object.fromEntries(records)));
  await writeFile(join(folder, "tags.json"), '{"red": {"n": 1}, "blue": {"n": 2}}');
  return folder;
}

/** The keys in a JSON file of the folder. */
export async function keysIn(folder: string, file: string): Promise<string[]> {
  const value: object = JSON.parse(await readFile(join(folder, file), "utf8"));
  return Object.keys(value);
}

/** Where the test server lies, as an environment; it does not wait for its disk. */
export const postgres = {
  urlVariable: "APP_DATABASE",
  durability: "process-crash",
  poolSize: 2,
} as const;
