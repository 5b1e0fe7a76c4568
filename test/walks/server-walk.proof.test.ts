import { cp } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonValue } from "@cutover/core";
import { expect, onTestFinished, test } from "vitest";
import { httpApp, pathPrefix } from "../../packages/models-downloader/src/http/http-app.ts";
import { localServices } from "../../packages/models-downloader/src/http/http-services.ts";
import { fixedStores } from "../../packages/models-downloader/src/http/stores-source.ts";
import { makeFolder, type Folder } from "../../packages/models-downloader/test/folder.ts";
import { tiny } from "../../packages/models-downloader/test/http/invented.ts";
import { serve, type Served } from "../../packages/models-downloader/test/http/served.ts";
import { initOf, send, type Reply, type Request } from "./server/client.ts";
import { cutover, longWalk, shortWalk, writeConfig } from "./server/command.ts";
import {
  comparable,
  finalRequests,
  inventedRequests,
  recordedRequests,
} from "./server/exchanges.ts";
import { Lane } from "./server/lane.ts";

const { rounds, walk, answeredWalks } =
  process.env["CUTOVER_PROOF"] === "full"
    ? { rounds: 10, walk: longWalk, answeredWalks: 10 }
    : { rounds: 1, walk: shortWalk, answeredWalks: 0 };
const samples = process.env["CUTOVER_SAMPLES"];
const files = [
  "settings.json",
  "model_metadata.json",
  "usage_cache.json",
  "download_history.json",
  "node_metadata.json",
  "tavily_cache.json",
  "model_catalog.json",
  "metadata/model-aliases.json",
];

async function threeServers(folder: Folder): Promise<{ servers: Served[]; urls: string[] }> {
  const servers = [1, 2, 3].map(() => serve(folder.path, "--port", "0"));
  return { servers, urls: await Promise.all(servers.map((server) => server.address())) };
}

async function endAll(servers: readonly Served[]): Promise<void> {
  for (const server of servers) server.kill("SIGTERM");
  const endings = await Promise.all(servers.map((server) => server.ending()));
  expect(endings.map(({ code }) => code)).toEqual(servers.map(() => 0));
}

test(`three servers on one folder keep answering while it is walked forward and back (${rounds * walk.length} commands), and lose no write`, async () => {
  const folder = await makeFolder("json", { lookalike: tiny });
  const before = await (await folder.open()).models.getAll();
  await writeConfig(folder.path);
  const { servers, urls } = await threeServers(folder);
  const lanes = urls.map(
    (url, index) => new Lane(`lane${index}`, url, urls[(index + 1) % urls.length] ?? url),
  );
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const running = Promise.all(lanes.map((lane) => lane.run(stop.signal)));
  for (let round = 0; round < rounds; round++) {
    for (const verb of walk) {
      await cutover(folder.path, ...verb);
      await Promise.all(lanes.map((lane) => lane.advanced(2)));
    }
  }
  stop.abort();
  await running;
  await endAll(servers);

  const served = lanes.reduce((sum, lane) => sum + lane.served, 0);
  const saved = lanes.flatMap((lane) => [...lane.saved]);
  process.stdout.write(
    `${rounds} rounds, ${rounds * walk.length} commands, ${served} requests served, ` +
      `${saved.length} models saved\n`,
  );
  expect(lanes.flatMap(({ problems }) => problems)).toEqual([]);
  expect(servers.map(({ errors }) => errors)).toEqual(["", "", ""]);
  const stores = await folder.open();
  expect(stores.storage.kind).toBe("json");
  const models = await stores.models.getAll();
  expect(saved.filter(([name, url]) => userUrlOf(models.get(name)) !== url)).toEqual([]);
  expect([...models.keys()].toSorted()).toEqual(
    [...before.keys(), "shared.bin", ...saved.map(([name]) => name)].toSorted(),
  );
  const usage = await stores.usage.getAll();
  const lost = lanes.flatMap(({ tracked }) => [...tracked].filter((name) => !usage.has(name)));
  expect(lost).toEqual([]);
});

function userUrlOf(model: JsonValue | undefined): JsonValue | undefined {
  return isJsonObject(model) ? model["user_url"] : undefined;
}

function isSame(one: Reply, other: Reply): boolean {
  return one.status === other.status && comparable(one.text) === comparable(other.text);
}

/** The endpoints over JSON files that nobody moves. */
async function plainServer(folder: Folder): Promise<(request: Request) => Promise<Reply>> {
  const stores = fixedStores(await folder.open());
  const app = httpApp({ stores, services: localServices(folder.path) });
  return async (request) => {
    const response = await app.request(`${pathPrefix}${request.path}`, initOf(request));
    return { status: response.status, text: await response.text() };
  };
}

async function filled(): Promise<Folder> {
  if (samples === undefined) return makeFolder("json", { lookalike: tiny });
  const folder = await makeFolder("json");
  await cp(join(samples, "models-downloader"), folder.path, { recursive: true, mode: 0 });
  return folder;
}

test(`three servers, asked in turn, give the answers of plain JSON files and leave the same files, wherever the stores are${samples === undefined ? " (invented requests; CUTOVER_SAMPLES would name recorded ones)" : ""}`, async () => {
  const requests = samples === undefined ? inventedRequests : await recordedRequests(samples);
  const [plainFolder, folder] = [await filled(), await filled()];
  await writeConfig(folder.path);
  const plain = await plainServer(plainFolder);
  const { servers, urls } = await threeServers(folder);
  const different: object[] = [];
  let asked = 0;
  const askAll = async (some: readonly Request[], at: string): Promise<void> => {
    for (const request of some) {
      const url = urls[asked++ % urls.length] ?? "";
      const [expected, answer] = [await plain(request), await send(url, request)];
      if (isSame(expected, answer)) continue;
      different.push({ at, request, expected: expected.text, answer: answer.text });
    }
  };
  const askDuring = async (...verb: readonly string[]): Promise<void> => {
    const ended = new AbortController();
    const command = cutover(folder.path, ...verb).finally(() => ended.abort());
    const asking = async (): Promise<void> => {
      while (!ended.signal.aborted) await askAll(requests, `while ${verb.join(" ")}`);
    };
    await Promise.all([command, asking()]);
    await askAll(requests, `after ${verb.join(" ")}`);
  };
  await askAll(requests, "off");
  for (let round = 0; round < answeredWalks; round++) {
    for (const verb of longWalk) await askDuring(...verb);
  }
  await askDuring("migrate");
  await askAll(finalRequests, "migrated");
  await askDuring("rollback", "--yes");
  await askAll(finalRequests, "rolled back");
  await endAll(servers);
  process.stdout.write(`${asked} requests, ${different.length} answered differently\n`);
  expect(different).toEqual([]);
  for (const file of files)
    expect([file, comparable(await folder.text(file))]).toEqual([
      file,
      comparable(await plainFolder.text(file)),
    ]);
});
