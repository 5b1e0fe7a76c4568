import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";

/** The server never listens on anything that another machine can reach. */
const loopback = "127.0.0.1";

/** A server that listens. */
export interface HttpServer {
  /** Such as `http://127.0.0.1:8189`. */
  readonly url: string;
  /**
   * Takes no more connections, lets requests under way finish, and cuts off those that take longer
   * than the patience.
   * @param patienceMs - in milliseconds
   */
  close(patienceMs: number): Promise<void>;
}

function portOf(server: Server): number {
  const address: string | AddressInfo | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function close(server: Server, patienceMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const cutOff = setTimeout(() => server.closeAllConnections(), patienceMs);
  await closed;
  clearTimeout(cutOff);
}

/**
 * Serves an application on loopback.
 * @param port - 0 lets the system choose
 * @throws the system's error when the port is taken
 */
export async function listen(app: Hono, port: number): Promise<HttpServer> {
  const answer = getRequestListener(app.fetch);
  const server = createServer((request, response) => {
    // A client that keeps its connection open must not keep the process alive.
    response.once("close", () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
    void answer(request, response);
  });
  server.listen(port, loopback);
  await once(server, "listening");
  return {
    url: `http://${loopback}:${portOf(server)}`,
    close: (patienceMs) => close(server, patienceMs),
  };
}
