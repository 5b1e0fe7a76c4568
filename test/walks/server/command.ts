import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../packages/cutover/src/bin.ts", import.meta.url));
const definitions = new URL(
  "../../../packages/models-downloader/src/stores/open-stores.ts",
  import.meta.url,
).href;

/** Says what moves together, as a team of the application would: downloads write three stores at once. */
export async function writeConfig(folder: string): Promise<void> {
  const together = ["model_metadata", "usage_cache", "download_history"];
  const teams = { server: { collections: together, together: [together] } };
  await writeFile(
    join(folder, "cutover.config.ts"),
    `import { storesConfig } from ${JSON.stringify(definitions)};\n` +
      `export default { ...storesConfig, teams: ${JSON.stringify(teams)} };\n`,
  );
}

/** Runs a verb of the command `cutover` on a folder, as an operator does. @throws unless it ends with 0 */
export async function cutover(folder: string, ...verb: readonly string[]): Promise<void> {
  const [name = "", ...flags] = verb;
  const child = spawn(
    process.execPath,
    ["--conditions=@cutover/source", program, name, folder, ...flags],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code]: unknown[] = await once(child, "close");
  if (code !== 0)
    throw new Error(`cutover ${verb.join(" ")} ended with ${String(code)}: ${output}`);
}

type Verbs = readonly (readonly string[])[];

const forward: Verbs = [["start"], ["backfill"], ["verify"], ["switch"]];
const back: Verbs = [["rollback", "--yes"]];

/** Forward, and all the way back. */
export const shortWalk: Verbs = [...forward, ...back];

/** Forward, half the way back and forward again, then all the way back. */
export const longWalk: Verbs = [...forward, ["reverse"], ["verify"], ["switch"], ...back];
