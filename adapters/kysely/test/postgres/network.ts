import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** What goes wrong with the next thing that is asked of the server. */
export type Trouble =
  /** It arrives, and the connection is lost before the answer does. */
  | "answer lost"
  /** The connection is lost before it arrives. */
  | "request lost"
  /** The connection is lost, and it arrives when {@link Network.deliver} says so. */
  | "request late";

/** Ready for the next query: `Z`, a length of 5, and a state. */
const ready = 0x5a;

/** The network between a client and a server, which counts round trips and loses connections. */
export class Network implements AsyncDisposable {
  roundTrips = 0;
  /** No connection can be made any more. */
  down = false;
  readonly url: string;
  private trouble: Trouble | undefined;
  private late: { readonly server: Socket; readonly request: Buffer } | undefined;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(server: Server, url: string) {
    this.server = server;
    this.url = url;
  }

  static async before(databaseUrl: string): Promise<Network> {
    const { hostname, port } = new URL(databaseUrl);
    const server = createServer({ allowHalfOpen: false });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const url = new URL(databaseUrl);
    url.hostname = "127.0.0.1";
    url.port = String(typeof address === "object" ? address?.port : "");
    const network = new Network(server, url.href);
    server.on("connection", (client) => network.join(client, connect(Number(port), hostname)));
    return network;
  }

  /** Has the next request that ends with a Sync meet with trouble. */
  next(trouble: Trouble): void {
    this.trouble = trouble;
  }

  /** Has what was late arrive. @returns what the server answered */
  async deliver(): Promise<string> {
    const { late } = this;
    if (late === undefined) throw new Error("nothing is late");
    const answer = Promise.withResolvers<string>();
    let text = "";
    late.server.on("data", (part: Buffer) => {
      text += part.toString("latin1");
      if (part.at(-6) === ready) answer.resolve(text);
    });
    late.server.on("close", () => answer.resolve(text));
    late.server.write(late.request);
    return answer.promise;
  }

  private join(client: Socket, server: Socket): void {
    let isLate = false;
    const end = (): void => {
      client.destroy();
      if (!isLate) server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on("error", end);
      socket.on("close", end);
    }
    if (this.down) {
      end();
      return;
    }
    let losesAnswer = false;
    client.on("data", (request: Buffer) => {
      const asks = endsWithSync(request);
      if (asks) this.roundTrips++;
      const trouble = asks ? this.trouble : undefined;
      if (trouble !== undefined) this.trouble = undefined;
      if (trouble === "request late") {
        isLate = true;
        this.late = { server, request };
      }
      if (trouble === "request lost" || trouble === "request late") return end();
      losesAnswer ||= trouble === "answer lost";
      server.write(request);
      return undefined;
    });
    server.on("data", (answer: Buffer) => {
      if (!losesAnswer) client.write(answer);
      // Ready for the next: whatever was asked has been carried out.
      else if (answer.at(-6) === ready) end();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Sync is `S` and a length of 4; nothing follows it before its answer. */
function endsWithSync(request: Buffer): boolean {
  return request.subarray(-5).equals(Buffer.from([0x53, 0, 0, 0, 4]));
}
