import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { describeStores } from "./describe-stores.ts";
import { type Folder, makeFolder, places, small } from "./folder.ts";

const program = new URL("busy-process.fixture.ts", import.meta.url).pathname;
const processes = ["p0", "p1", "p2"];
const rounds = 15;

async function run({ where }: Folder, name: string): Promise<string> {
  const child = spawn(
    process.execPath,
    ["--conditions=@cutover/source", program, name, String(rounds)],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, STORES: JSON.stringify(where) },
    },
  );
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const [code]: unknown[] = await once(child, "close");
  return code === 0 ? "" : `exit ${String(code)}: ${errors}`;
}

describeStores(places, "three processes at once with their stores in %s", (kind) => {
  it("see no error and lose no update of any store", async () => {
    const folder = await makeFolder(kind, { lookalike: small });
    const failures = await Promise.all(processes.map((name) => run(folder, name)));
    expect(failures).toEqual(["", "", ""]);
    const wanted = processes
      .flatMap((name) => Array.from({ length: rounds }, (_, round) => `${name}-${round}`))
      .toSorted();
    const { history, models, usage, settings } = await folder.open();
    const recent = JSON.stringify(await history.getRecent());
    const [metadata, used, chosen] = [
      await models.getAll(),
      await usage.getAll(),
      await settings.getAll(),
    ];
    expect(wanted.filter((key) => !recent.includes(`"${key}"`))).toEqual([]);
    expect(wanted.filter((key) => !metadata.has(key))).toEqual([]);
    expect(wanted.filter((key) => !used.has(key))).toEqual([]);
    expect(wanted.filter((key) => !chosen.has(key))).toEqual([]);
    expect(chosen.get("counter")).toBe(wanted.length);
    expect(await history.count()).toBe(100);
  });
});
