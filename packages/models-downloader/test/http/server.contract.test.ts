import { createConnection } from "node:net";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { kinds, makeFolder } from "../folder.ts";
import { tiny } from "./invented.ts";
import { serve } from "./served.ts";

const post = (url: string, body: object): Promise<Response> =>
  fetch(url, { method: "POST", body: JSON.stringify(body) });

describe.each(kinds)("the command on a folder in %s", (kind) => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "serves on loopback until %s, and what was answered is stored",
    async (signal) => {
      const folder = await makeFolder(kind, { lookalike: tiny });
      const server = serve(folder.path, "--port", "0");
      const url = await server.address();
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
      expect(server.output).toContain(`from ${kind}`);
      const saved = await post(`${url}/save-model-url`, { filename: "a.bin", url: "https://h/x" });
      expect(saved.status).toBe(200);
      server.kill(signal);
      expect(await server.ending()).toEqual({ code: 0, signal: null });
      const stores = await folder.open();
      expect(await stores.models.get("a.bin")).toMatchObject({ user_url: "https://h/x" });
    },
  );

  it("lets a request that is under way finish before it ends, and takes no new ones", async () => {
    const folder = await makeFolder(kind, { lookalike: tiny });
    const server = serve(folder.path, "--port", "0");
    const url = new URL(await server.address());
    const body = JSON.stringify({ models: [{ filename: "slow.bin" }] });
    const socket = createConnection(Number(url.port), url.hostname);
    const head = `POST ${url.pathname}/track-usage HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`;
    socket.write(head);
    // The server has the request once it asks for its body.
    const [first]: Buffer[] = await once(socket, "data");
    expect(String(first)).toContain("100 Continue");
    server.kill("SIGTERM");
    await refused(url);
    socket.write(body);
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toContain('{"success":true,"tracked":1}');
    expect(await server.ending()).toEqual({ code: 0, signal: null });
    expect(await (await folder.open()).usage.get("slow.bin")).toBeDefined();
  });

  it("asking for the other store is refused with the command to type, and nothing is served", async () => {
    const folder = await makeFolder(kind, { lookalike: tiny });
    const other = kind === "json" ? ["--backend", "sqlite"] : ["--use-json"];
    const server = serve(folder.path, "--port", "0", ...other);
    expect((await server.ending()).code).toBe(4);
    expect(server.output).toBe("");
    expect(server.errors).toContain(kind === "json" ? "cutover migrate" : "cutover rollback");
  });
});

/** Connects until nobody listens any more. */
async function refused(url: URL): Promise<void> {
  for (;;) {
    const socket = createConnection(Number(url.port), url.hostname);
    try {
      await once(socket, "connect");
      socket.destroy();
    } catch {
      return;
    }
  }
}

describe("the command", () => {
  it.each([
    [["--prot", "0"], "unknown option '--prot'"],
    [["--port", "80a"], "a port is a whole number"],
    [["--port", "70000"], "a port is a whole number"],
    [["--backend", "mysql"], "Allowed choices are json, sqlite"],
    [["--use-json", "--auto-migrate"], "cannot be used with"],
    [["--backend", "json", "--auto-migrate"], "cannot be used with"],
    [["--postgres", "URL", "--backend", "json"], "cannot be used with"],
    [["--postgres", "postgres://me:hf_secret@h/d"], "takes the name of an environment variable"],
    [["extra"], "too many arguments"],
  ])("refuses %j and touches nothing", async (args, message) => {
    const folder = await makeFolder("json", { files: { "settings.json": "{}" } });
    const server = serve(folder.path, ...args);
    expect((await server.ending()).code).toBe(2);
    expect(server.errors).toContain(message);
    expect(server.errors).not.toContain("hf_secret");
    expect(server.output).toBe("");
  });

  it("--help tells the flags", async () => {
    const server = serve("--help");
    expect((await server.ending()).code).toBe(0);
    for (const flag of ["--port", "--backend", "--use-json", "--postgres", "--auto-migrate"])
      expect(server.output).toContain(flag);
  });

  it("a port that is taken is an error that names it", async () => {
    const folder = await makeFolder("json", { lookalike: tiny });
    const first = serve(folder.path, "--port", "0");
    const { port } = new URL(await first.address());
    const second = serve(folder.path, "--port", port);
    expect((await second.ending()).code).toBe(1);
    expect(second.errors).toContain(port);
  });

  it("--auto-migrate moves a folder on its first start, and leaves a rolled back one alone", async () => {
    const folder = await makeFolder("json", { lookalike: tiny });
    const starts: string[] = [];
    for (const prepare of [async () => {}, async () => {}, () => folder.rollback()]) {
      await prepare();
      const server = serve(folder.path, "--port", "0", "--auto-migrate");
      await server.address();
      starts.push(server.output);
      server.kill("SIGTERM");
      expect((await server.ending()).code).toBe(0);
    }
    expect(starts[0]).toMatch(/^migrated \S+ records .*\nserving .* from sqlite/);
    expect(starts[1]).toMatch(/^migrated already\nserving .* from sqlite/);
    expect(starts[2]).toMatch(/^rolled back by hand.*\nserving .* from json/);
  });

  it("--auto-migrate refuses data that cannot be taken over, changes nothing and quotes nothing", async () => {
    const broken = '{"huggingface_token": "hf_secret';
    const folder = await makeFolder("json", { files: { "settings.json": broken } });
    const server = serve(folder.path, "--port", "0", "--auto-migrate");
    expect((await server.ending()).code).toBe(4);
    expect(server.errors).toContain("cutover plan");
    expect(server.errors + server.output).not.toContain("hf_secret");
    expect(await folder.text("settings.json")).toBe(broken);
  });

  it("two that start with --auto-migrate at once both serve the database", async () => {
    const folder = await makeFolder("json", { lookalike: tiny });
    const servers = [0, 1].map(() => serve(folder.path, "--port", "0", "--auto-migrate"));
    for (const server of servers) {
      const url = await server.address();
      expect(server.output).toContain("from sqlite");
      expect((await fetch(`${url}/settings`)).status).toBe(200);
    }
  });
});
