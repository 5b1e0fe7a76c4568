import type { Subject } from "../subject.ts";
import type { Heard } from "./ready-writer.ts";
import { counters, ledger } from "./counters.ts";

/** Records that are kept in the store; older ones are taken out, so that rounds stay equally long. */
const mostRecords = 200;

/** What writers said that they had done, and what must therefore be found. */
export class Acknowledged {
  count = 0;
  #puts: string[] = [];
  #total = 0;
  /** Commits that nobody acknowledged in time, and that may be there. */
  #unsure = 0;

  /** Takes what a writer said of the store. */
  take({ what, detail }: Heard): void {
    if (what === "put") this.#puts.push(detail);
    if (what === "total") this.#total = Math.max(this.#total, Number(detail));
    this.count += 1;
  }

  /** Of a writer that is gone, one more commit may be there than it said. */
  maybe(): void {
    this.#unsure += 1;
  }

  /**
   * Opens the store and compares. What is found counts from then on.
   * @param mayLose acknowledged commits may be gone, if what is there is whole
   * @returns what is wrong, in words
   */
  async look(subject: Subject, mayLose = false): Promise<string[]> {
    const backend = await subject.open();
    try {
      const found = await backend.collection(counters).getMany(this.#puts);
      const lost = this.#puts.filter((key) => !found.has(key));
      const total = (await backend.collection(counters).get("total"))?.n ?? 0;
      const debit = (await backend.collection(ledger).get("debit"))?.n ?? 0;
      const credit = (await backend.collection(counters).get("credit"))?.n ?? 0;
      const problems = [
        ...(lost.length > 0 && !mayLose ? [`lost ${lost.join()}, which were acknowledged`] : []),
        ...((total < this.#total && !mayLose) || total > this.#total + this.#unsure
          ? [`counted ${total}, of which ${this.#total} were acknowledged`]
          : []),
        ...(debit + credit === 0 ? [] : [`half a transaction: ${debit} and ${credit}`]),
      ];
      const kept = this.#puts.filter((key) => found.has(key));
      await backend.collection(counters).deleteMany(kept.slice(0, -mostRecords));
      this.#puts = kept.slice(-mostRecords);
      this.#total = total;
      this.#unsure = 0;
      return problems;
    } finally {
      await backend.close();
    }
  }
}
