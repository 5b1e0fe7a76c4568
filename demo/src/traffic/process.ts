// Clients of an application, in a process of its own: they ask and write until they are told to end.
import { setTimeout as sleep } from "node:timers/promises";
import { loadProject, openStorage, StorageError } from "cutover";
import { Client } from "./client.ts";
import type { Message } from "./message.ts";
import { subjectsOf } from "./subject.ts";

const clientsPerProcess = 3;
/** People think between two requests, if only for a moment. */
const thinkingMs = 8;
const tellingMs = 50;

const [folder = "", name = ""] = process.argv.slice(2);
const tell = (message: Message): void => void process.send?.(message);
const ending = new AbortController();
process.on("message", () => ending.abort());

let [served, writes, failed, slowestMs] = [0, 0, 0, 0];
let trouble: string | undefined;

function tellProgress(): void {
  tell({ type: "progress", served, writes, failed, slowestMs, trouble });
  [served, writes, failed, slowestMs] = [0, 0, 0, 0];
}

function inWords(error: unknown): string {
  return error instanceof StorageError ? `${error.code}: ${error.message}` : String(error);
}

async function oneRequest(client: Client, turn: number): Promise<void> {
  const began = performance.now();
  try {
    if (await client.request(turn)) writes++;
    served++;
  } catch (error) {
    failed++;
    trouble ??= inWords(error);
  }
  slowestMs = Math.max(slowestMs, performance.now() - began);
}

async function useIt(client: Client): Promise<void> {
  for (let turn = 0; !ending.signal.aborted; turn++) {
    await oneRequest(client, turn);
    await sleep(thinkingMs);
  }
}

const { collections } = await loadProject(folder);
const subjects = await subjectsOf(folder, collections);
const storage = await openStorage({ folder, env: {} });
const clients = Array.from(
  { length: clientsPerProcess },
  (_, number) => new Client({ storage, subjects, name: `${name}-${number}` }),
);
const telling = setInterval(tellProgress, tellingMs);
await Promise.all(clients.map(useIt));
clearInterval(telling);
await storage.close();
tellProgress();
tell({
  type: "ended",
  entries: clients.flatMap(({ ledger }) => ledger.entries()),
  counted: clients.reduce((sum, { counted }) => sum + counted, 0),
});
process.disconnect();
