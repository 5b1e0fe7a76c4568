import { resolve } from "node:path";
import { CommanderError } from "commander";
import { isStorageError } from "@cutover/core";
import { Downloads } from "../http/downloads.ts";
import { httpApp } from "../http/http-app.ts";
import { localServices } from "../http/http-services.ts";
import { openStores } from "../stores/open-stores.ts";
import type { Stores } from "../stores/stores.ts";
import { listen } from "./http-server.ts";
import { LiveStores } from "./live-stores.ts";
import { migrateAtStart } from "./migrate-at-start.ts";
import { addressIn, checkFilled } from "./postgres-at-start.ts";
import { type Serving, shutDown } from "./shut-down.ts";
import { startOptions, type StartOptions } from "./start-options.ts";

/** Requests and downloads under way get so long to finish; with closing the stores it stays below five seconds. */
const patienceMs = 3000;
const badUsage = 2;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`models-downloader: ${line}\n`);

/** Resolves when the process is asked to end. */
function ending(): AbortSignal {
  const asked = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      // Asked twice: what is not committed is safe to leave.
      if (asked.signal.aborted) process.exit(130);
      asked.abort(new Error("interrupted; nothing was switched over"));
    });
  return asked.signal;
}

const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** Asks for a store as the flags do; a migration at the start must not be asked for the other one. */
function askedFor({ backend, useJson }: StartOptions): readonly string[] {
  if (useJson) return ["--use-json"];
  return backend === undefined ? [] : ["--backend", backend];
}

/** @returns what opens the stores that are in charge by then */
function opener(options: StartOptions, folder: string): () => Promise<Stores> {
  const common = {
    folder,
    onWarning: ({ message }: { readonly message: string }): void => complain(message),
  };
  if (options.postgres !== undefined) {
    const postgres = { connectionString: addressIn(options.postgres) };
    return () => openStores({ ...common, postgres });
  }
  // Only the first opening is asked for: a migration that comes later is somebody's decision.
  let argv = askedFor(options);
  return async () => {
    const stores = await openStores({ ...common, argv });
    argv = [];
    return stores;
  };
}

async function start(options: StartOptions, signal: AbortSignal): Promise<Serving> {
  const folder = resolve(options.folder);
  if (options.autoMigrate) say((await migrateAtStart(folder, signal)).line);
  const stores = new LiveStores({ folder, open: opener(options, folder) });
  try {
    const kind = await stores.use(async (opened) => {
      if (options.postgres !== undefined) await checkFilled(opened, folder);
      return opened.storage.kind;
    });
    const parts = { stores, services: localServices(folder), onFailure: complain };
    const downloads = new Downloads(parts);
    const server = await listen(httpApp({ ...parts, downloads }), options.port);
    say(`serving ${folder} from ${kind} at ${server.url}`);
    return { server, downloads, stores };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : badUsage;
  complain(error instanceof Error ? error.message : "something went wrong");
  return isStorageError(error) ? error.exitCode : 1;
}

/** Runs the command in this process until it is asked to end. @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  const signal = ending();
  try {
    const options = startOptions(argv);
    const serving = await start(options, signal);
    await until(signal);
    await shutDown(serving, patienceMs);
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}
