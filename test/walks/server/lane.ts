import { objectIn, send, type Reply, type Request } from "./client.ts";

/** A user of the servers, who does one thing after the other, and trusts nobody. */
export class Lane {
  readonly name: string;
  served = 0;
  /** Answers that were no 200, and what was read and is not what was written. */
  readonly problems: string[] = [];
  /** Models whose URL was acknowledged. */
  readonly saved = new Map<string, string>();
  /** Models whose use was acknowledged. */
  readonly tracked = new Set<string>();
  private readonly own: string;
  private readonly other: string;
  private rounds = 0;
  private readonly waiting = new Set<{ readonly rounds: number; readonly go: () => void }>();

  /** @param other - another server on the same folder, which has to know at once what the own one took */
  constructor(name: string, own: string, other: string) {
    this.name = name;
    this.own = own;
    this.other = other;
  }

  /** Goes on until it is stopped. */
  async run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await this.round(++this.rounds);
      for (const waiter of this.waiting) if (waiter.rounds <= this.rounds) waiter.go();
    }
  }

  /** Settles when so many rounds more were made. */
  async advanced(rounds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { rounds: this.rounds + rounds, go: resolve };
    this.waiting.add(waiter);
    await promise;
    this.waiting.delete(waiter);
  }

  private async round(round: number): Promise<void> {
    const filename = `${this.name}-${round}.bin`;
    const url = `https://host.example/${filename}`;
    await this.ask(this.own, { path: "/save-model-url", body: { filename, url } });
    this.saved.set(filename, url);
    await this.readBack(filename, url);
    await this.ask(this.own, { path: "/track-usage", body: { models: [{ filename }] } });
    this.tracked.add(filename);
    const shared = { filename: "shared.bin", url: `https://host.example/${round}` };
    await this.ask(this.other, { path: "/save-model-source", body: shared });
    await this.ask(this.own, { path: "/settings/parallel", body: { max_parallel: round % 8 } });
    for (const path of ["/download-history", "/settings", "/cache-info", "/tavily-cache-all"])
      await this.ask(this.other, { path });
  }

  private async readBack(filename: string, url: string): Promise<void> {
    const path = `/model-url?filename=${encodeURIComponent(filename)}`;
    const reply = await this.ask(this.other, { path });
    if (reply?.status !== 200 || objectIn(reply)["user_url"] === url) return;
    this.problems.push(`${filename} was saved, and the other server answers ${reply.text}`);
  }

  private async ask(server: string, request: Request): Promise<Reply | undefined> {
    try {
      const reply = await send(server, request);
      if (reply.status === 200) this.served++;
      else this.problems.push(`${request.path}: ${reply.status} ${reply.text}`);
      return reply;
    } catch (error) {
      this.problems.push(`${request.path}: ${String(error)}`);
      return undefined;
    }
  }
}
