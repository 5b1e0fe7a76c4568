import type { Downloads } from "../http/downloads.ts";
import type { HttpServer } from "./http-server.ts";
import type { LiveStores } from "./live-stores.ts";

/** What is serving. */
export interface Serving {
  readonly server: HttpServer;
  readonly downloads: Downloads;
  readonly stores: LiveStores;
}

/**
 * Ends in order: requests, then downloads, so that what they end with is noted, then the stores.
 * @param patienceMs - for requests and downloads together, in milliseconds
 */
export async function shutDown(serving: Serving, patienceMs: number): Promise<void> {
  const { server, downloads, stores } = serving;
  const deadline = performance.now() + patienceMs;
  await server.close(patienceMs);
  await downloads.drain(Math.max(0, deadline - performance.now()));
  await stores.close();
}
