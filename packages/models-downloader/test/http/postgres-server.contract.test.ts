import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it, onTestFinished } from "vitest";
import { copyStores, openStores } from "../../src/index.ts";
import { makeFolder } from "../folder.ts";
import { tiny } from "./invented.ts";
import { Served } from "./served.ts";

/** The address of an empty database, on a server that waits for its disk as the command demands. */
async function emptyDatabase(): Promise<string> {
  const database = await (await startPostgres({ durable: true })).database();
  onTestFinished(() => database.drop());
  return database.url;
}

const serve = (folder: string, address: string): Served =>
  new Served([folder, "--port", "0", "--postgres", "STORES_AT"], { STORES_AT: address });

describePostgres("the command with its stores on a Postgres server", () => {
  it("refuses a server that holds nothing while the folder holds stores; then serves what was copied", async () => {
    const address = await emptyDatabase();
    const folder = await makeFolder("json", { lookalike: tiny });
    const refused = serve(folder.path, address);
    expect((await refused.ending()).code).toBe(4);
    expect(refused.errors).toContain("copyStores");

    const files = await folder.open();
    const postgres = { connectionString: address };
    const stores = await openStores({ folder: folder.path, postgres });
    onTestFinished(() => stores.close());
    await copyStores(files, stores);
    const servers = [serve(folder.path, address), serve(folder.path, address)];
    const saved = { method: "POST", body: '{"filename": "a.bin", "url": "https://h/x"}' };
    for (const server of servers) {
      const url = await server.address();
      expect(server.output).toContain("from postgres");
      expect((await fetch(`${url}/save-model-url`, saved)).status).toBe(200);
      server.kill("SIGTERM");
      expect(await server.ending()).toEqual({ code: 0, signal: null });
      expect(server.output + server.errors).not.toContain(new URL(address).password || address);
    }
    expect(await stores.models.get("a.bin")).toMatchObject({ user_url: "https://h/x" });
    expect(await files.models.get("a.bin")).toBeUndefined();
  });

  it("serves a new schema for a new folder, and says which variable is missing", async () => {
    const folder = await makeFolder("json");
    const server = serve(folder.path, await emptyDatabase());
    expect((await fetch(`${await server.address()}/settings`)).status).toBe(200);
    const without = serve(folder.path, "");
    expect((await without.ending()).code).not.toBe(0);
    expect(without.errors).toContain("STORES_AT");
  });
});
