import { Companion } from "./companion.ts";
import type { Order, Word } from "./other.fixture.ts";

const program = new URL("./other.fixture.ts", import.meta.url);

/** This process's end of another application that writes all the time. */
export class OtherProcess {
  private readonly companion: Companion<Order, Word>;
  private acknowledged = 0;

  constructor(env: NodeJS.ProcessEnv) {
    this.companion = new Companion(program, env);
  }

  private async acknowledges(calls: number, order?: Order): Promise<void> {
    await this.companion.until((word) => {
      if (word.says === "acknowledged") this.acknowledged = word.count;
      return word.says === "acknowledged" && word.count >= calls;
    }, order);
  }

  /** Settles when it writes; rejects when it cannot. */
  async begin(order: Omit<Order & { readonly do: "begin" }, "do">): Promise<void> {
    await this.acknowledges(1, { do: "begin", ...order });
  }

  /** Settles when so many of its calls more were acknowledged; rejects when one of them fails. */
  async goesOn(calls: number): Promise<void> {
    await this.acknowledges(this.acknowledged + 1);
    await this.acknowledges(this.acknowledged + calls);
  }

  /** Lets the call under way end, and closes the stores. */
  async end(): Promise<void> {
    await this.companion.until((word) => word.says === "ended", { do: "end" });
  }

  kill(): Promise<void> {
    return this.companion.kill();
  }
}
