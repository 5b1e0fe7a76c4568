import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A config as a file: two units of team `assets`, one collection alone. */
export const configText = (more = ""): string => `
import { defineCollection, defineConfig, text } from "cutover";
export default defineConfig({
  database: "app.db",
  collections: [
    defineCollection({ name: "models", fields: { name: text() } }),
    defineCollection({ name: "tags" }),
    defineCollection({ name: "logs" }),
  ],
  ${more}
});
`;

export const teamsText = `teams: { assets: { collections: ["models", "tags"] } },`;

/** A data folder with records in two of three collections, and a config with teams in it. */
export async function gradualFolder(more: string = teamsText): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-units-"));
  await writeFile(join(folder, "cutover.config.ts"), configText(more));
  const models = Array.from({ length: 40 }, (_, index) => [
    `m${index}`,
    { name: `Model ${index}` },
  ]);
  await writeFile(join(folder, "models.json"), JSON.stringify(Object.fromEntries(models), null, 2));
  await writeFile(join(folder, "tags.json"), JSON.stringify({ red: { n: 1 }, blue: { n: 2 } }));
  return folder;
}
