import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { kinds, makeFolder } from "../folder.ts";
import { historyNames, tiny } from "./invented.ts";
import { serve } from "./served.ts";

const program = fileURLToPath(new URL("hammer.fixture.ts", import.meta.url));
const rounds = 20;
const libraries = ["one", "two"];

/** @returns what the process complained of, and how it ended */
async function hammer(folder: string, name: string): Promise<[errors: string, code: unknown]> {
  const child = spawn(
    process.execPath,
    ["--conditions=@cutover/source", program, folder, name, String(rounds)],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code]: unknown[] = await once(child, "close");
  return [errors, code];
}

async function hammerServer(url: string): Promise<number[]> {
  const statuses: number[] = [];
  const send = async (path: string, body?: object): Promise<void> => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, init);
    await response.json();
    statuses.push(response.status);
  };
  for (let round = 0; round < rounds; round++) {
    const filename = `http-${round}.bin`;
    await Promise.all([
      send("/save-model-url", { filename, url: "https://h/x" }),
      send("/save-model-source", { filename: "shared.bin", url: `https://h/${round}` }),
      send("/track-usage", { models: [{ filename }] }),
      send("/settings/parallel", { max_parallel: round }),
      send("/download-history"),
      send("/model-metadata"),
      send("/settings"),
    ]);
  }
  return statuses;
}

const expected = (name: string): string[] =>
  Array.from({ length: rounds }, (_, round) => `${name}-${round}.bin`);

describe.each(kinds)("a server and two other processes on one folder in %s", (kind) => {
  it("meet no error and lose no update", async () => {
    const folder = await makeFolder(kind, { lookalike: tiny });
    const server = serve(folder.path, "--port", "0");
    const url = await server.address();
    const [statuses, ...endings] = await Promise.all([
      hammerServer(url),
      ...libraries.map((name) => hammer(folder.path, name)),
    ]);
    expect(endings).toEqual(libraries.map(() => ["", 0]));
    expect(statuses).toEqual(Array.from({ length: 7 * rounds }, () => 200));
    expect(server.errors).toBe("");

    const stores = await folder.open();
    const models = await stores.models.getAll();
    const usage = await stores.usage.getAll();
    for (const name of [...libraries, "http"]) {
      expect([...models.keys()]).toEqual(expect.arrayContaining(expected(name)));
      expect([...usage.keys()]).toEqual(expect.arrayContaining(expected(name)));
    }
    const members = libraries.flatMap((name) =>
      Array.from({ length: rounds }, (_, round) => [`${name}_${round}`, round] as const),
    );
    expect(models.get("shared.bin")).toMatchObject({
      ...Object.fromEntries(members),
      url: `https://h/${rounds - 1}`,
    });
    const settings = Object.fromEntries(await stores.settings.getAll());
    expect(settings).toMatchObject({ ...Object.fromEntries(members), max_parallel_downloads: 19 });
    const history = historyNames(await stores.history.getRecent());
    expect(history).toEqual(expect.arrayContaining(libraries.flatMap((name) => expected(name))));
  });
});
